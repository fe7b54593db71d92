import { InvalidRequest } from "./errors.js";
import { cursorBehind, keyIn } from "./page.js";
import type { LeaseConsumer } from "./progress/records.js";
import type { Failure } from "./progress/failures.js";
import type { Offset } from "./slot.js";

/**
 * Where a message of a subscription is that has not ended: ahead of the head, in a lease, or in a retry. With ordering
 * one may be parked there behind an earlier one of its key, or held by a dead letter of its key; that one is held too.
 */
export const MESSAGE_STATES = ["waiting", "leased", "retrying", "parked", "held"] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/**
 * What a message waits for. `consumer`: its consumer's answer. `retry`: the end of its wait after a failure. `order`:
 * an earlier record of its partition. `pause`: the end of a pause. `disabled`: an operator, who enables its
 * subscription. `breaker`: a target that takes nothing. `turn`: nothing but a consumer with room for it. `dead-letter`:
 * the end of a dead letter of its key, which somebody sends again or deletes.
 */
export const WAITS_FOR = [
  ...(["consumer", "retry", "order", "pause", "disabled", "breaker", "turn", "dead-letter"] as const),
] as const;
export type WaitsFor = (typeof WAITS_FOR)[number];

/** A message of a subscription that has not ended. Times are epoch milliseconds. */
export interface OpenMessage {
  readonly id: string;
  readonly state: MessageState;
  readonly key?: string;
  readonly tag?: string;
  readonly publishedAtMs: number;
  /** How often it was handed out. A lane that takes many messages at once notes it only as they end. */
  readonly attempt: number;
  readonly firstReceivedAtMs?: number;
  /** Why it failed last, in its consumer's words. */
  readonly lastError?: string;
  /** Its attempts that failed, in their order: the last ones. */
  readonly failures?: readonly Failure[];
  /** Of a leased one: who has it, as far as that is known. */
  readonly consumer?: LeaseConsumer;
  /** Of a held one: the dead letter that holds its key, by its id; that one itself is held, too. */
  readonly deadLetter?: string;
  readonly waitsFor: WaitsFor;
  /** When that is over at the latest, if it is known: the end of its lease, or of its wait. */
  readonly untilMs?: number;
}

/** What decides on a message's wait, beside its state. */
export interface Circumstances {
  readonly nowMs: number;
  /** Deliveries to its subscription are paused. */
  readonly isPaused: boolean;
  /** Its subscription is disabled. */
  readonly isDisabled?: boolean;
  /** Until when a target that takes nothing is not tried again. */
  readonly asleepUntilMs?: number;
  /** With ordering: when the record that holds its partition is due, unless the message is in that record. */
  readonly heldUntilMs?: number;
}

/** `dueMs`: the deadline of a message that is leased or retrying. */
export function waitOf(
  state: MessageState,
  dueMs: number | undefined,
  { nowMs, isPaused, isDisabled, asleepUntilMs, heldUntilMs }: Circumstances,
): Pick<OpenMessage, "waitsFor" | "untilMs"> {
  if (dueMs !== undefined && dueMs > nowMs)
    return { waitsFor: state === "leased" ? "consumer" : "retry", untilMs: dueMs };
  if (isDisabled) return { waitsFor: "disabled" };
  if (isPaused) return { waitsFor: "pause" };
  if (asleepUntilMs !== undefined) return { waitsFor: "breaker", untilMs: asleepUntilMs };
  return heldUntilMs === undefined ? { waitsFor: "turn" } : { waitsFor: "order", untilMs: heldUntilMs };
}

/** Where a list of waiting messages goes on: a place in one partition. */
export interface WaitingPosition {
  readonly partition: number;
  readonly head: Offset;
  readonly slotBase: Offset;
}

/** Where a list of messages in records goes on: after that record, and in the next one after that offset. */
export interface RecordPosition {
  readonly after: string;
  readonly id: string;
  readonly offset: Offset;
}

export const waitingCursor = ({ partition, head, slotBase }: WaitingPosition): string =>
  cursorBehind(`w ${partition} ${head} ${slotBase}`);

export const recordCursor = ({ after, id, offset }: RecordPosition): string =>
  cursorBehind(`r ${after} ${id} ${offset}`);

/** @throws {InvalidRequest} if the cursor is not from a list of this state */
export function waitingPosition(cursor: string): WaitingPosition {
  const [partition, head, slotBase] = partsOf(cursor, /^w (\d{1,3}) (\d{1,16}) (\d{1,16})$/).map(Number);
  if (partition === undefined || head === undefined || slotBase === undefined || slotBase > head)
    throw foreign();
  return { partition, head, slotBase };
}

/** The id of a lease of sixteen keys has some 190 characters. */
const RECORD = /^r ([\w-]{0,260}) ([\w-]{0,260}) (-1|\d{1,16})$/;

/** @throws {InvalidRequest} if the cursor is not from a list of this state */
export function recordPosition(cursor: string): RecordPosition {
  const [after, id, offset] = partsOf(cursor, RECORD);
  if (after === undefined || id === undefined || offset === undefined) throw foreign();
  return { after, id, offset: Number(offset) };
}

const partsOf = (cursor: string, pattern: RegExp): readonly string[] =>
  pattern.exec(keyIn(cursor, (key) => pattern.test(key)))?.slice(1) ?? [];

const foreign = (): InvalidRequest =>
  new InvalidRequest([{ path: "cursor", detail: "is not a cursor from this list" }]);
