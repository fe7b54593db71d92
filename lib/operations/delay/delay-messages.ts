import type { Refusal } from "../../domain/append-outcome.js";
import type { Claim } from "../../domain/beside.js";
import { dedupClaim, dedupIdsOf } from "../../domain/dedup.js";
import { type Delayed, delayedId, roundedDueMs } from "../../domain/delayed.js";
import { Conflict, SluiceError } from "../../domain/errors.js";
import { type MessageContent, wholeBodyBytes } from "../../domain/message.js";
import { PUT_LIMIT } from "../../domain/ports/delayed-store.js";
import type { PublishResult, Stored } from "../../domain/publish-result.js";
import { type RequestPart, requestClaim } from "../../domain/sent-request.js";
import type { DelayedTimer } from "../../domain/timer.js";
import type { Topic } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { copyMessage } from "../log/message-copy.js";
import { answeredBefore, claimAnswers, repeatOf } from "../publish/append-once.js";
import type { PlacedRequest } from "../publish/publish.js";
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
  request?: PlacedRequest,
): Promise<readonly PublishResult[]> {
  const scheduledAtMs = engine.clock.nowMs();
  const copies = await fewAtOnce(messages, (one, at) => copyOf(engine, topic, one, scheduledAtMs, at));
  const failed = copies.find((one) => one instanceof SluiceError);
  // The parts of a request are the same whenever it is sent.
  if (request && failed) return copies.map(() => ({ kind: "failed", error: failed }));
  const results = new Map<Copied, PublishResult>();
  const all = copies.filter((one): one is Copied => !(one instanceof SluiceError));
  let failure: SluiceError | undefined;
  for (const together of transactionsOf(all, request ? 1 : 0)) {
    if (failure) for (const one of together) results.set(one, { kind: "failed", error: failure });
    else
      failure = await putTogether(
        engine,
        topic,
        together,
        scheduledAtMs,
        results,
        partOf(request, all, together),
      );
    if (!request) failure = undefined;
  }
  const isNew = (one: Copied): boolean => results.get(one)?.kind === "scheduled";
  const dueMs = Math.min(...[...results.keys()].filter(isNew).map(({ delayed }) => delayed.dueMs));
  await startClockFor(engine, dueMs);
  return copies.map((one) =>
    one instanceof SluiceError ? { kind: "failed", error: one } : (results.get(one) as PublishResult),
  );
}

/** Makes copies side by side, but not all of them. */
export async function fewAtOnce<One, Copy>(
  all: readonly One[],
  copy: (one: One, at: number) => Promise<Copy>,
): Promise<readonly Copy[]> {
  const copies: Copy[] = [];
  for (let from = 0; from < all.length; from += UPLOADS) {
    const some = all.slice(from, from + UPLOADS);
    copies.push(...(await Promise.all(some.map((one, at) => copy(one, from + at)))));
  }
  return copies;
}

function partOf(
  request: PlacedRequest | undefined,
  all: readonly Copied[],
  together: readonly Copied[],
): RequestPart | undefined {
  if (!request) return undefined;
  const { key, fingerprint, headIndex } = request;
  const from = all.indexOf(together[0] as Copied);
  const indexes = request.indexes.slice(from, from + together.length);
  return { key, fingerprint, indexes, isHead: indexes[0] === headIndex };
}

/** A message as it will be stored, and the ids that nobody else may have used. */
export interface Copied {
  readonly delayed: Delayed;
  readonly dedupIds: readonly string[];
}

/** What is stored of a message. Large bytes go to an object first, which outlives it in the log as well. */
export async function copyOf(
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
      ...{ id, dueMs, scheduledAtMs, contentType, bodyBytes: wholeBodyBytes(content) },
      ...(key === undefined ? {} : { key }),
      ...(tag === undefined ? {} : { tag }),
      ...(businessKey === undefined ? {} : { businessKey }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      copy: await copyMessage(engine, topic, { ...content, givenId: id }, kept),
    };
    return { delayed, dedupIds: dedupIdsOf(topic, content) };
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/**
 * As many together as a transaction takes, with a timer for each time, a claim for each id, and `others` beside
 * them.
 */
function* transactionsOf(all: readonly Copied[], others: number): Generator<readonly Copied[]> {
  let together: Copied[] = [];
  let [bytes, claims, times] = [0, 0, new Set<number>()];
  for (const one of all) {
    const { dueMs, copy } = one.delayed;
    const sizeBytes = ENTRY_BYTES + (copy.content.kind === "inline" ? copy.content.bytes.length : 0);
    const claimed = one.dedupIds.length;
    const items = others + together.length + 1 + claims + claimed + new Set([...times, dueMs]).size;
    if (together.length > 0 && (items > PUT_LIMIT || bytes + sizeBytes > TOGETHER_BYTES)) {
      yield together;
      [together, bytes, claims, times] = [[], 0, 0, new Set()];
    }
    together.push(one);
    bytes += sizeBytes;
    claims += claimed;
    times.add(dueMs);
  }
  if (together.length > 0) yield together;
}

/** Stores those whose dedupIds nobody has used, and says what became of each. Returns the error, if there was one. */
async function putTogether(
  engine: Engine,
  topic: Topic,
  together: readonly Copied[],
  nowMs: number,
  results: Map<Copied, PublishResult>,
  part: RequestPart | undefined,
): Promise<SluiceError | undefined> {
  let left = together;
  try {
    while (left.length > 0) {
      const claiming = left.flatMap((one) => one.dedupIds.map((id) => ({ one, id })));
      const claims = claiming.map(({ one, id }) => dedupClaim(topic, id, scheduled(one.delayed), nowMs));
      const request = part ? [requestClaimOf(topic, part, together, results, nowMs)] : [];
      const refusals = await put(engine, topic, left, { claims: [...claims, ...request], nowMs });
      if (refusals.length === 0) break;
      const known = refusals.find(({ index }) => index === claiming.length);
      if (known && part) {
        const before = answeredBefore(topic, part, known.value);
        together.forEach((one, at) => results.set(one, before[at] as PublishResult));
        return undefined;
      }
      for (const { index, value } of refusals) {
        const one = claiming[index]?.one;
        if (one && !results.has(one)) results.set(one, repeatOf(value));
      }
      left = left.filter((one) => !results.has(one));
    }
    for (const one of left) results.set(one, scheduled(one.delayed));
    if (left.length === 0 && part) {
      const all = together.map((one) => results.get(one) as PublishResult);
      const answers = await claimAnswers(engine, topic, part, all);
      together.forEach((one, at) => results.set(one, answers[at] as PublishResult));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    for (const one of left) if (!results.has(one)) results.set(one, { kind: "failed", error });
    return error;
  }
}

/** Lists each message: their ids are their own. */
function requestClaimOf(
  topic: Topic,
  part: RequestPart,
  together: readonly Copied[],
  results: ReadonlyMap<Copied, PublishResult>,
  nowMs: number,
): Claim {
  const listed = together.map((one, at): [number, PublishResult] => [
    part.indexes[at] as number,
    results.get(one) ?? scheduled(one.delayed),
  ]);
  return requestClaim(topic, part, { listed: new Map(listed) }, nowMs);
}

export const scheduled = ({ id, dueMs }: Delayed): Stored => ({ kind: "scheduled", id, deliverAtMs: dueMs });

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
