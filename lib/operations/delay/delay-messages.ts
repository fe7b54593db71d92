import type { Refusal } from "../../domain/append-outcome.js";
import type { Claim } from "../../domain/beside.js";
import { dedupClaim, dedupIdOf } from "../../domain/dedup.js";
import { type Delayed, delayedId, roundedDueMs } from "../../domain/delayed.js";
import { Conflict, SluiceError } from "../../domain/errors.js";
import { type MessageContent, bodySizeBytes } from "../../domain/message.js";
import { PUT_LIMIT } from "../../domain/ports/delayed-store.js";
import type { PublishResult, Stored } from "../../domain/publish-result.js";
import type { DelayedTimer } from "../../domain/timer.js";
import type { Topic } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { copyMessage } from "../log/message-copy.js";
import { repeatOf } from "../publish/append-once.js";
import { delayedTimer, startClockFor } from "./delayed-timer.js";

/** A message, and when it goes into the log. */
export interface ToDelay {
  readonly content: MessageContent;
  readonly deliverAtMs: number;
}

/** Objects that are uploaded side by side. */
const UPLOADS = 16;
/** Of a transaction, which may have 4 MB. */
const TOGETHER_BYTES = 2 * 1024 * 1024;
/** Its items beside the bytes, at the most. */
const ENTRY_BYTES = 2_048;
const ATTEMPTS = 8;

/**
 * Stores messages that are not due yet, each with a timer in the same transaction: no crash leaves one that nobody
 * looks for. Returns one result for each, in their order; their ids are theirs for good.
 */
export async function delayMessages(
  engine: Engine,
  topic: Topic,
  messages: readonly ToDelay[],
): Promise<readonly PublishResult[]> {
  const scheduledAtMs = engine.clock.nowMs();
  const copies: (Copied | SluiceError)[] = [];
  for (let from = 0; from < messages.length; from += UPLOADS) {
    const some = messages.slice(from, from + UPLOADS);
    const copied = some.map((one, at) => copyOf(engine, topic, one, scheduledAtMs, from + at));
    copies.push(...(await Promise.all(copied)));
  }
  const results = new Map<Copied, PublishResult>();
  for (const together of transactionsOf(copies.filter((one): one is Copied => !(one instanceof SluiceError))))
    await putTogether(engine, topic, together, scheduledAtMs, results);
  const isNew = (one: Copied): boolean => results.get(one)?.kind === "scheduled";
  const dueMs = Math.min(...[...results.keys()].filter(isNew).map(({ delayed }) => delayed.dueMs));
  await startClockFor(engine, dueMs);
  return copies.map((one) =>
    one instanceof SluiceError ? { kind: "failed", error: one } : (results.get(one) as PublishResult),
  );
}

/** A message as it will be stored, and the id that nobody else may have used, if it has one. */
interface Copied {
  readonly delayed: Delayed;
  readonly dedupId: string | undefined;
}

/** What is stored of a message. Large bytes go to an object first, which outlives it in the log as well. */
async function copyOf(
  engine: Engine,
  topic: Topic,
  { content, deliverAtMs }: ToDelay,
  scheduledAtMs: number,
  index: number,
): Promise<Copied | SluiceError> {
  const dueMs = roundedDueMs(deliverAtMs);
  const nonce = engine.random.nonce();
  const id = delayedId(topic, { dueMs, scheduledAtMs, index, nonce });
  const { key, tag, businessKey, expiresAtMs, contentType } = content;
  const kept = { nonce, expiresAtMs: dueMs + topic.retentionSeconds * 1_000 };
  try {
    const delayed: Delayed = {
      ...{ id, dueMs, scheduledAtMs, contentType, bodyBytes: bodySizeBytes(content) },
      ...(key === undefined ? {} : { key }),
      ...(tag === undefined ? {} : { tag }),
      ...(businessKey === undefined ? {} : { businessKey }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      copy: await copyMessage(engine, topic, { ...content, givenId: id }, kept),
    };
    return { delayed, dedupId: dedupIdOf(topic, content) };
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/** As many together as a transaction takes, with a timer for each time and a claim for each dedupId. */
function* transactionsOf(all: readonly Copied[]): Generator<readonly Copied[]> {
  let together: Copied[] = [];
  let [bytes, claims, times] = [0, 0, new Set<number>()];
  for (const one of all) {
    const { dueMs, copy } = one.delayed;
    const sizeBytes = ENTRY_BYTES + (copy.content.kind === "inline" ? copy.content.bytes.length : 0);
    const claim = one.dedupId === undefined ? 0 : 1;
    const items = together.length + 1 + claims + claim + new Set([...times, dueMs]).size;
    if (together.length > 0 && (items > PUT_LIMIT || bytes + sizeBytes > TOGETHER_BYTES)) {
      yield together;
      [together, bytes, claims, times] = [[], 0, 0, new Set()];
    }
    together.push(one);
    bytes += sizeBytes;
    claims += claim;
    times.add(dueMs);
  }
  if (together.length > 0) yield together;
}

/** Stores those whose dedupIds nobody has used, and says what became of each. Each try may leave out some. */
async function putTogether(
  engine: Engine,
  topic: Topic,
  together: readonly Copied[],
  nowMs: number,
  results: Map<Copied, PublishResult>,
): Promise<void> {
  let left = together;
  try {
    while (left.length > 0) {
      const claiming = left.filter(({ dedupId }) => dedupId !== undefined);
      const claims = claiming.map(({ dedupId = "", delayed }) =>
        dedupClaim(topic, dedupId, scheduled(delayed), nowMs),
      );
      const refusals = await put(engine, topic, left, { claims, nowMs });
      if (refusals.length === 0) break;
      for (const { index, value } of refusals) results.set(claiming[index] as Copied, repeatOf(value));
      left = left.filter((one) => !results.has(one));
    }
    for (const one of left) results.set(one, scheduled(one.delayed));
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    for (const one of left) if (!results.has(one)) results.set(one, { kind: "failed", error });
  }
}

const scheduled = ({ id, dueMs }: Delayed): Stored => ({ kind: "scheduled", id, deliverAtMs: dueMs });

/** Others may be at work on the same timers: then each try takes others at random. */
async function put(
  engine: Engine,
  topic: Topic,
  together: readonly Copied[],
  beside: { readonly claims: readonly Claim[]; readonly nowMs: number },
): Promise<readonly Refusal[]> {
  const delayed = together.map((one) => one.delayed);
  const times = [...new Set(delayed.map(({ dueMs }) => dueMs))];
  for (let attempt = 1; ; attempt++) {
    const timers: DelayedTimer[] = times.map((dueMs) => delayedTimer(engine, topic, dueMs));
    try {
      return await engine.delayed.put(topic, delayed, timers, beside);
    } catch (error) {
      if (!(error instanceof Conflict) || attempt >= ATTEMPTS) throw error;
      await backOff(engine, attempt);
    }
  }
}
