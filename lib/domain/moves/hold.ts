import { chainKey, chainNonce, holdsAll } from "../progress/chains.js";
import { deadlineOf, hintFor, redated, withDeadlines } from "../progress/deadlines.js";
import { isHold } from "../progress/holds.js";
import { type Hint, type Holding, type Move, isWaiting, openSpans } from "../progress/records.js";
import { type Span, inOrder, joinSpans, offsetsIn, spanAt, without } from "../progress/spans.js";
import type { Offset } from "../slot.js";
import type { Subscription } from "../subscription.js";
import { isOver } from "./after-failure.js";
import { type Making, retryInOrder } from "./making.js";
import { placeOfKey } from "./release-keys.js";
import { leaseWith } from "./settle.js";
import { parkedSpan } from "./take-chain.js";
import { silenced } from "./take.js";

/** What a look found of a record: nothing, if its messages only have to wait longer than it says. */
export interface FoundDead {
  /** By the offset of each message that died: until when its dead letter is there. */
  readonly dead: ReadonlyMap<Offset, number>;
  /** What is open no more for another reason: it has expired, or cannot be read. */
  readonly over: ReadonlySet<Offset>;
  /** What led to the record. */
  readonly hints: readonly Hint[];
}

export interface HeldRecord {
  readonly move: Move;
  /** By the record's id: the ids of those that replace it, itself included if it stays. */
  readonly became: ReadonlyMap<string, readonly string[]>;
}

/** What stands for a dead letter in the record of its key. */
export const holdSpan = ({ from, slotBase, publishedAtMs, keyAt }: Span, heldUntilMs: number): Span => ({
  ...{ from, to: from + 1, slotBase, attempt: 0, publishedAtMs, heldUntilMs },
  ...(keyAt === undefined ? {} : { keyAt }),
});

/**
 * The record once messages of it have died and their key holds: what is behind each of them waits for the end of its
 * dead letter, but for what is dead too. A lease stays while its consumer still has some of it.
 */
export function holdKeys(
  record: Holding,
  { dead, over, hints }: FoundDead,
  { subscription, making }: { readonly subscription: Subscription; readonly making: Making },
): HeldRecord {
  const isPulled = subscription.target.type === "pull";
  const open = openSpans(record);
  const isSilent = (span: Span): boolean =>
    record.kind === "lease" && !span.isReturned && deadlineOf(record, span) <= making.nowMs;
  const among = offsetsIn(open.filter(isSilent)).length;
  const waiting = open.map((span) => {
    const dueMs = deadlineOf(record, span);
    if (!isSilent(span)) return { ...span, dueMs };
    const past = isPulled ? silenced(record, span, among) : span;
    return { ...past, dueMs: making.nowMs, isReturned: true as const };
  });
  const died = [...dead].flatMap(([at, untilMs]) => {
    const span = spanAt(open, at);
    const hold = span && holdSpan({ ...span, from: at }, untilMs);
    return hold ? [{ ...hold, dueMs: untilMs, ...parkedIn(record, untilMs) }] : [];
  });
  const left = without(waiting, new Set([...dead.keys(), ...over])) as readonly Dated[];
  const spans = behindHolds(record, inOrder([...left, ...died]) as readonly Dated[], subscription);
  return replaced(record, spans, hints, making);
}

type Dated = Span & { readonly dueMs: number };

const parkedIn = ({ kind }: Holding, parkedUntilMs: number): Partial<Span> =>
  kind === "lease" ? { isReturned: true, parkedUntilMs } : {};

/** What waits behind a hold of its key is parked, so that it is not due before. What is over waits for nothing. */
function behindHolds(record: Holding, spans: readonly Dated[], subscription: Subscription): readonly Dated[] {
  const heldMs = new Map<number, number>();
  return spans.map((span) => {
    const place = placeOfKey(span);
    const untilMs = heldMs.get(place);
    if (span.heldUntilMs !== undefined) heldMs.set(place, Math.max(untilMs ?? 0, span.heldUntilMs));
    const waits = isWaiting(record, span) && !isHold(span) && !isOver(span, subscription);
    if (untilMs === undefined || !waits) return span;
    return { ...span, parkedUntilMs: Math.max(untilMs, span.parkedUntilMs ?? span.dueMs) };
  });
}

function replaced(
  record: Holding,
  spans: readonly Dated[],
  hints: readonly Hint[],
  making: Making,
): HeldRecord {
  const { id } = record;
  if (record.kind === "lease" && (!holdsAll(id) || spans.some(({ isReturned }) => !isReturned))) {
    const open = new Set(offsetsIn(openSpans(record)));
    const all = inOrder([...without(withDeadlines(record), open), ...spans]);
    const { move } = leaseWith(record, { spans: all, done: record.done }, "key", making);
    const put = (move.put ?? []).filter(({ kind }) => kind !== "hint");
    return {
      move: { ...move, remove: [...(move.remove ?? []), ...hints] },
      became: new Map([[id, put.map((one) => one.id)]]),
    };
  }
  const nonce = chainNonce(chainKey(id), making.nonce());
  const retry = retryInOrder(record, spans, { nowMs: making.nowMs, nonce });
  return { move: { remove: [record, ...hints], put: [retry] }, became: new Map([[id, [retry.id]]]) };
}

/**
 * The record once dead letters are there no more: what waited for them is due once those before it are done, and each
 * that is in `again` comes in its place. Nothing of it is left if nothing else was open.
 */
export function letGo(
  record: Holding,
  ended: ReadonlySet<Offset>,
  again: ReadonlyMap<Offset, Span>,
  nowMs: number,
): Holding | undefined {
  const placeAt = new Map([...ended].map((at) => [at, placeOfKey(spanAt(record.spans, at) ?? {})]));
  const freedMs = new Map<number, number>();
  const lastMs = new Map<number, number>();
  const spans: Span[] = [];
  const single = openSpans(record).flatMap((span) =>
    isHold(span) ? offsetsIn([span]).map((from) => ({ ...span, from, to: from + 1 })) : [span],
  );
  for (const span of single) {
    const place = placeOfKey(span);
    const dueMs = deadlineOf(record, span);
    const behindMs = Math.max(nowMs, lastMs.get(place) ?? nowMs);
    if (isHold(span) && placeAt.has(span.from)) {
      freedMs.set(place, Math.max(freedMs.get(place) ?? 0, dueMs));
      const fresh = again.get(span.from);
      if (fresh) spans.push(waitingIn(record, { ...fresh, ...keyOf(span) }, behindMs));
      continue;
    }
    const isFreed = isWaiting(record, span) && dueMs <= (freedMs.get(place) ?? -Infinity);
    const ownMs = isHold(span) ? Math.max(behindMs, span.heldUntilMs ?? 0) : isFreed ? behindMs : dueMs;
    if (isWaiting(record, span)) lastMs.set(place, Math.max(lastMs.get(place) ?? 0, ownMs));
    spans.push(isFreed || isHold(span) ? waitingIn(record, span, ownMs) : { ...span, dueMs });
  }
  if (spans.length === 0) return undefined;
  // Where its consumer has nothing of the key any more, the lease itself may be dated by what it held for.
  const inUse = new Set(spans.filter((span) => !isWaiting(record, span)).map(placeOfKey));
  const dated = spans.map((span): Span => {
    const isIdle = record.kind === "lease" && freedMs.has(placeOfKey(span)) && !inUse.has(placeOfKey(span));
    return isIdle && span.parkedUntilMs !== undefined ? { ...span, dueMs: span.parkedUntilMs } : span;
  });
  const open = new Set(offsetsIn(openSpans(record)));
  const all = inOrder([...without(withDeadlines(record), open), ...dated]);
  const marked = record.kind === "lease" ? { ...record, isMarked: true as const } : record;
  return redated(marked, joinSpans(all));
}

const keyOf = ({ keyAt }: Span): Pick<Span, "keyAt"> => (keyAt === undefined ? {} : { keyAt });

const waitingIn = ({ kind }: Holding, span: Span, dueMs: number): Span =>
  kind === "lease" ? parkedSpan(span, dueMs) : { ...span, dueMs };

/** The same, as it is put, with what leads to it. */
export function letGoMove(
  record: Holding,
  ended: ReadonlySet<Offset>,
  { nowMs, nonce }: Making,
): Pick<Move, "put" | "remove"> {
  const next = letGo(record, ended, new Map(), nowMs);
  return next ? { put: [next, ...hintFor(record, next, nonce, record.dueMs)] } : { remove: [record] };
}
