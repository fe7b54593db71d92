import { InvalidRequest, type SluiceError } from "../domain/errors.js";
import type { MessageContent } from "../domain/message.js";
import type { Engine } from "../operations/engine.js";
import type { UploadDraft } from "../operations/upload/uploaded-content.js";
import { withUploads } from "../operations/upload/with-uploads.js";
import { BODY_LIMIT_BYTES } from "./contracts/message.js";
import { readableBody } from "./raw-body.js";

/** Each is a request or two of its own. */
const UPLOADS_AT_MOST = 16;
const TOO_MANY = `name more than ${UPLOADS_AT_MOST} uploads: publish them in several requests`;
const ALONE =
  "is not stored, because an upload of this request cannot be published: with an Idempotency-Key, all have to";
const READING = { inlineLimitBytes: BODY_LIMIT_BYTES, bodyOf: readableBody };

interface Checkable {
  readonly content: MessageContent;
  readonly deliverAtMs?: number;
}

type Checked<D> = D | { readonly error: SluiceError };

/** Of what a request's messages are. */
interface Request<D> {
  readonly checked: readonly Checked<D>[];
  readonly topicOf: (draft: D) => string;
  /** Whether it has a key: then one that fails has all fail, since a repeat must not divide it into other parts. */
  readonly isKeyed: boolean;
}

/** Publishes the messages of a request, with the bodies that were uploaded for them. */
export async function publishUploaded<D extends Checkable, T>(
  engine: Engine,
  { checked, topicOf, isKeyed }: Request<D>,
  publish: (checked: readonly Checked<D>[]) => Promise<T>,
): Promise<T> {
  const drafts = new Map(
    checked.flatMap((one, at) => ("error" in one ? [] : draftAt(one, at, topicOf(one)))),
  );
  if (drafts.size === 0) return await publish(checked);
  if (drafts.size > UPLOADS_AT_MOST) throw new InvalidRequest([{ path: "messages", detail: TOO_MANY }]);
  const places = [...drafts.keys()];
  return await withUploads(engine, [...drafts.values()], READING, async (prepared) => {
    const all = [...checked];
    prepared.forEach((outcome, index) => {
      const at = places[index] as number;
      all[at] = outcome instanceof Error ? { error: outcome } : { ...(all[at] as D), content: outcome };
    });
    const hasFailed = prepared.some((outcome) => outcome instanceof Error);
    return await publish(isKeyed && hasFailed ? all.map(refusedWith) : all);
  });
}

function draftAt<D extends Checkable>(
  { content, deliverAtMs }: D,
  at: number,
  topic: string,
): readonly (readonly [number, UploadDraft])[] {
  const { uploadId } = content;
  if (uploadId === undefined) return [];
  return [[at, { topic, uploadId, content, ...(deliverAtMs === undefined ? {} : { deliverAtMs }) }]];
}

const refusedWith = <D extends Checkable>(one: Checked<D>): Checked<D> =>
  "error" in one ? one : { error: new InvalidRequest([{ path: "", detail: ALONE }]) };
