import { InvalidRequest, SluiceError } from "../../domain/errors.js";
import { type MessageContent, wholeBodyBytes } from "../../domain/message.js";
import type { Engine } from "../engine.js";
import { memoryBytesFor, messageBytesIn } from "../memory-budget.js";
import {
  type BodyReading,
  type FoundUpload,
  type UploadDraft,
  findUpload,
  uploadedContent,
} from "./uploaded-content.js";

/** A message's content, or what keeps it from being published. */
export type Prepared = MessageContent | SluiceError;

/**
 * Prepares messages whose bodies were uploaded, and publishes them. What comes into memory with them counts in the
 * process's budget from before it is read until `publish` has ended: many requests may come at once, each with its own.
 */
export async function withUploads<T>(
  engine: Engine,
  drafts: readonly UploadDraft[],
  reading: BodyReading,
  publish: (prepared: readonly Prepared[]) => Promise<T>,
): Promise<T> {
  const found = await each(drafts, (draft) => findUpload(engine, draft));
  const fitting = withinRoom(found, reading, messageBytesIn(engine.budget.limitBytes));
  const prepare = async (): Promise<T> => {
    const prepared = await each(fitting, (one) => uploadedContent(engine, one, reading));
    tell(engine, drafts, prepared);
    return await publish(prepared);
  };
  const bytes = sumOf(fitting.map((one) => ownBytes(one, reading)));
  return bytes === 0 ? await prepare() : await engine.budget.receiving(memoryBytesFor(bytes), prepare);
}

/** By topic, what goes on to be published, and what cannot be. A failure of the bucket is told by its request. */
function tell(
  { telemetry }: Engine,
  drafts: readonly UploadDraft[],
  prepared: readonly (MessageContent | SluiceError)[],
): void {
  for (const topic of new Set(drafts.map((draft) => draft.topic))) {
    const own = prepared.filter((_, at) => drafts[at]?.topic === topic);
    const taken = own.filter((one) => !(one instanceof SluiceError)) as readonly MessageContent[];
    const refused = own.filter((one) => one instanceof InvalidRequest);
    const bytes = sumOf(taken.map(wholeBodyBytes));
    if (taken.length > 0) telemetry.event("uploads-taken", "info", { topic, messages: taken.length, bytes });
    const [first] = refused;
    if (first)
      telemetry.event("uploads-refused", "info", { topic, messages: refused.length, why: whyOf(first) });
  }
}

/** What is wrong with a body may quote it, and no body is told of. */
const whyOf = ({ errors: [first] }: InvalidRequest): string =>
  first?.path === "uploadId" ? first.detail : "its body is not of its type";

type Found = FoundUpload | SluiceError;

/** What a message brings into memory: the body that becomes its own. */
const ownBytes = (one: Found, { inlineLimitBytes }: BodyReading): number =>
  one instanceof SluiceError || one.facts.sizeBytes > inlineLimitBytes ? 0 : one.facts.sizeBytes;

/** One alone always goes, as one receive does. */
function withinRoom(found: readonly Found[], reading: BodyReading, roomBytes: number): readonly Found[] {
  const own = found.filter((one) => ownBytes(one, reading) > 0);
  const bytes = sumOf(own.map((one) => ownBytes(one, reading)));
  if (own.length < 2 || bytes <= roomBytes) return found;
  const detail =
    `brings ${bytes} bytes with the others, and there is memory for ${roomBytes}: ` +
    "publish them in several requests";
  return found.map((one) => (own.includes(one) ? new InvalidRequest([{ path: "uploadId", detail }]) : one));
}

const sumOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

/** Side by side: one that fails costs no other. */
const each = async <In, Out>(
  all: readonly (In | SluiceError)[],
  work: (one: In) => Promise<Out>,
): Promise<readonly (Out | SluiceError)[]> =>
  await Promise.all(
    all.map(async (one) => {
      if (one instanceof SluiceError) return one;
      try {
        return await work(one);
      } catch (error) {
        if (error instanceof SluiceError) return error;
        throw error;
      }
    }),
  );
