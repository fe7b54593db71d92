import { type Delayed, delayedId, roundedDueMs } from "../../domain/delayed.js";
import { Conflict, SluiceError } from "../../domain/errors.js";
import { type MessageContent, bodySizeBytes } from "../../domain/message.js";
import { PUT_LIMIT } from "../../domain/ports/delayed-store.js";
import type { DelayedTimer } from "../../domain/timer.js";
import type { Topic } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { copyMessage } from "../log/message-copy.js";
import type { PublishResult } from "../publish/publish.js";
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
  const copies: (Delayed | SluiceError)[] = [];
  for (let from = 0; from < messages.length; from += UPLOADS) {
    const some = messages.slice(from, from + UPLOADS);
    const copied = some.map((one, at) => copyOf(engine, topic, one, scheduledAtMs, from + at));
    copies.push(...(await Promise.all(copied)));
  }
  const stored = new Map<Delayed, SluiceError | undefined>();
  for (const together of transactionsOf(
    copies.filter((one): one is Delayed => !(one instanceof SluiceError)),
  )) {
    const error = await putTogether(engine, topic, together);
    for (const one of together) stored.set(one, error);
  }
  const dueMs = Math.min(...[...stored].flatMap(([one, error]) => (error ? [] : [one.dueMs])));
  await startClockFor(engine, dueMs);
  return copies.map((one): PublishResult => {
    const error = one instanceof SluiceError ? one : stored.get(one);
    if (error || one instanceof SluiceError) return { kind: "failed", error: error ?? (one as SluiceError) };
    return { kind: "scheduled", id: one.id, deliverAtMs: one.dueMs };
  });
}

/** What is stored of a message. Large bytes go to an object first, which outlives it in the log as well. */
async function copyOf(
  engine: Engine,
  topic: Topic,
  { content, deliverAtMs }: ToDelay,
  scheduledAtMs: number,
  index: number,
): Promise<Delayed | SluiceError> {
  const dueMs = roundedDueMs(deliverAtMs);
  const nonce = engine.random.nonce();
  const id = delayedId(topic, { dueMs, scheduledAtMs, index, nonce });
  const { key, tag, businessKey, expiresAtMs, contentType } = content;
  const kept = { nonce, expiresAtMs: dueMs + topic.retentionSeconds * 1_000 };
  try {
    return {
      ...{ id, dueMs, scheduledAtMs, contentType, bodyBytes: bodySizeBytes(content) },
      ...(key === undefined ? {} : { key }),
      ...(tag === undefined ? {} : { tag }),
      ...(businessKey === undefined ? {} : { businessKey }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      copy: await copyMessage(engine, topic, { ...content, givenId: id }, kept),
    };
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

/** As many together as a transaction takes, with a timer for each time. */
function* transactionsOf(all: readonly Delayed[]): Generator<readonly Delayed[]> {
  let together: Delayed[] = [];
  let [bytes, times] = [0, new Set<number>()];
  for (const one of all) {
    const { content } = one.copy;
    const sizeBytes = ENTRY_BYTES + (content.kind === "inline" ? content.bytes.length : 0);
    const items = together.length + 1 + new Set([...times, one.dueMs]).size;
    if (together.length > 0 && (items > PUT_LIMIT || bytes + sizeBytes > TOGETHER_BYTES)) {
      yield together;
      [together, bytes, times] = [[], 0, new Set()];
    }
    together.push(one);
    bytes += sizeBytes;
    times.add(one.dueMs);
  }
  if (together.length > 0) yield together;
}

/** Others may be at work on the same timers: then each try takes others at random. */
async function putTogether(
  engine: Engine,
  topic: Topic,
  together: readonly Delayed[],
): Promise<SluiceError | undefined> {
  const times = [...new Set(together.map(({ dueMs }) => dueMs))];
  for (let attempt = 1; ; attempt++) {
    const timers: DelayedTimer[] = times.map((dueMs) => delayedTimer(engine, topic, dueMs));
    try {
      await engine.delayed.put(topic, together, timers);
      return undefined;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      if (!(error instanceof Conflict) || attempt >= ATTEMPTS) return error;
      await backOff(engine, attempt);
    }
  }
}
