import {
  type DeadLetter,
  LETTERS_IN_A_MOVE,
  type NewDeadLetter,
  deadLetterExpiryMs,
  reasonOf,
} from "../../domain/dead-letter.js";
import { wholeBodyBytes } from "../../domain/message.js";
import { holdKeys } from "../../domain/moves/hold.js";
import {
  type DueGroup,
  type DueRead,
  type TakenAgain,
  type Taking,
  expiredOf,
  takeAgain,
} from "../../domain/moves/take.js";
import type { Move } from "../../domain/progress/records.js";
import { type Span, inOrder, offsetsIn, splitSpans, without } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { copyMessage } from "../log/message-copy.js";
import type { SpanEntry } from "../log/placed-message.js";
import { readSpans } from "../log/read-spans.js";
import { tellExpired } from "../log/tell-expired.js";
import { takingOf } from "./lease.js";
import { isTooLarge } from "./read-due.js";
import type { Take, Taken } from "./take.js";

/** Due records, with the spans of theirs that are due, and those of them that have no attempt left. */
export interface Doomed extends DueGroup {
  readonly wanted: readonly Span[];
  readonly dead: readonly Span[];
}

/**
 * Makes dead letters of messages that have no attempt left, in the one move that takes them from their records. Each is
 * copied before, so that it outlives the log: if the process dies in between, the message is where it was. The other
 * due messages of the records wait on. `placed`: what else the move changes.
 */
export async function bury(
  engine: Engine,
  reader: Reader,
  { wanted, dead, ...group }: Doomed,
  take: Take,
  placed: (buried: TakenAgain) => Move,
): Promise<Taken> {
  const { topic, subscription } = reader;
  const { partition, epoch } = group.records[0];
  const [first] = splitSpans(dead, LETTERS_IN_A_MOVE);
  const { maxBytes, isContinued = false } = take;
  const read = await readSpans(engine, { topic, subscription, partition }, first, {
    maxBytes,
    isContinued,
    skipsTroubles: true,
  });
  if (isTooLarge(first, read.left)) return { kind: "empty" };
  const letters: NewDeadLetter[] = [];
  for (const entry of read.entries) letters.push(await letterFor(engine, reader, epoch, entry));
  const looked = new Set(offsetsIn(without(first, new Set(offsetsIn(read.left)))));
  // With ordering what was not read stays where it is.
  const gone = group.inOrder ? without(wanted, new Set(offsetsIn(read.left))) : wanted;
  const left = inOrder(without(gone, looked));
  const due: DueRead = { wanted: gone, entries: [], dead: letters, setAside: read.setAside, left };
  const holds = holdsKeys(reader) && letters.length > 0;
  const taking = takingOf(engine, take);
  const buried = holds ? heldAfter(subscription, group, due, taking) : takeAgain(group, due, taking);
  const move = placed(buried);
  if ((await engine.progress.move(subscription, move)) === "conflict") return { kind: "lost" };
  tellExpired(engine, reader, partition, move.expired);
  for (const { letter } of letters) tellDeadLettered(engine, reader, letter);
  return { kind: "lost", hasBuried: true };
}

/** With ordering a record is taken by itself. The key of what died of it holds. */
function heldAfter(
  subscription: Subscription,
  { records: [record], hints }: DueGroup,
  read: DueRead,
  making: Taking,
): TakenAgain {
  const { wanted, dead = [], left, setAside } = read;
  const untilMs = new Map(dead.map(({ letter }) => [letter.offset, letter.expiresAtMs] as const));
  const looked = offsetsIn(without(wanted, new Set(offsetsIn(left))));
  const over = new Set(looked.filter((offset) => !untilMs.has(offset)));
  const { move, became } = holdKeys(record, { dead: untilMs, over, hints }, { subscription, making });
  const expired = expiredOf(read);
  const counted = expired > 0 ? { expired } : {};
  return { move: { ...move, setAside, deadLetters: dead, ...counted }, became };
}

/** Whether a message that dies has its key wait. */
export const holdsKeys = ({ topic, subscription }: Reader): boolean =>
  topic.ordering === "key" && subscription.deadLetter.onDeadLetter === "hold";

/** A message's dead letter; an earlier one of the same message, from before a seek, is replaced. */
export async function letterFor(
  engine: Engine,
  { topic, subscription }: Reader,
  epoch: number,
  { message, slotBase, span }: SpanEntry,
): Promise<NewDeadLetter> {
  const { clock, random, deadLetters } = engine;
  const { id, partition, offset, publishedAtMs, ...content } = message;
  const { contentType, key, tag, businessKey, expiresAtMs: messageExpiresAtMs } = content;
  const { attempt, firstReceivedAtMs, lastError, failures, isRejected, mended } = span;
  const deadLetteredAtMs = clock.nowMs();
  const expiresAtMs = Math.min(
    deadLetterExpiryMs(deadLetteredAtMs, subscription.deadLetter.retentionSeconds * 1_000),
    content.uploaded?.keptUntilMs ?? Infinity,
  );
  const nonce = random.nonce();
  const [copy, earlier] = await Promise.all([
    copyMessage(engine, topic, content, { nonce, expiresAtMs }),
    deadLetters.get(subscription, id),
  ]);
  const letter: DeadLetter = {
    ...{ id, nonce, partition, offset, slotBase, epoch, contentType, bodyBytes: wholeBodyBytes(content) },
    ...(key === undefined ? {} : { key }),
    ...(tag === undefined ? {} : { tag }),
    ...(businessKey === undefined ? {} : { businessKey }),
    publishedAtMs,
    ...(messageExpiresAtMs === undefined ? {} : { messageExpiresAtMs }),
    attempt,
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(failures === undefined ? {} : { failures }),
    ...(isRejected ? { isRejected } : {}),
    ...(mended === undefined ? {} : { isMended: true }),
    ...{ deadLetteredAtMs, expiresAtMs, copy },
  };
  return { letter, ...(earlier ? { replaces: earlier } : {}) };
}

/** Its error is left out, since a consumer's words may hold what a log must not. */
export function tellDeadLettered({ telemetry }: Engine, reader: Reader, letter: DeadLetter): void {
  const { topic, subscription } = reader;
  const { id, attempt } = letter;
  const fields = {
    topic: topic.name,
    subscription: subscription.name,
    id,
    attempt,
    reason: reasonOf(letter),
  };
  telemetry.event("message-dead-lettered", "warn", fields);
  if (!holdsKeys(reader)) return;
  const { partition, expiresAtMs: untilMs } = letter;
  const { name } = subscription;
  telemetry.event("key-held", "warn", { topic: topic.name, subscription: name, id, partition, untilMs });
}
