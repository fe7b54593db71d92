import { isOver } from "../../domain/moves/after-failure.js";
import { splitKeys } from "../../domain/moves/split-keys.js";
import { takeChains } from "../../domain/moves/take-chain.js";
import { dateAnew, dueSpans } from "../../domain/moves/take.js";
import { isSuspect } from "../../domain/progress/blame.js";
import { KEYS_IN_A_LEASE, holdsAll, keysIn } from "../../domain/progress/chains.js";
import {
  type Cursor,
  type Due,
  type Hint,
  type Holding,
  type Lease,
  openSpans,
  replaceOpen,
} from "../../domain/progress/records.js";
import { type Span, inOrder, spanLength } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { type Front, buryOf, groupOf, handOutOf, hintsTo, holdingOf } from "./due-front.js";
import { takingOf } from "./lease.js";
import { passLapsed, waitBehindHold } from "./pass-holds.js";
import { withTroubles } from "./read-due.js";
import type { Take, Taken } from "./take.js";

/** The most records of keys that one look reads before it leaves the partition to the next. */
const CHAINS_TRIED = 8;

/** A due record of one key, and what of it is due. */
interface DueChain {
  readonly record: Holding;
  readonly wanted: readonly Span[];
}

/**
 * Hands out again what is due of some keys of a partition: to a consumer that pulls, of several at once under one
 * lease. Only a record of the whole partition holds back those behind it.
 */
export async function takeDueKeys(
  engine: Engine,
  reader: Reader,
  front: Front,
  { due, hints }: { readonly due: readonly Due[]; readonly hints: readonly Hint[] },
  take: Take,
): Promise<Taken> {
  const { subscription } = reader;
  const { cursor } = front;
  const nowMs = engine.clock.nowMs();
  const records = await dueRecords(engine, subscription, front, due);
  const [first] = records;
  if (!first) return { kind: "empty" };
  if (first.kind === "lease" && isOfSeveral(first))
    return await splitFirst(engine, subscription, cursor, first, hints);
  if (await passLapsed(engine, subscription, first, nowMs)) return { kind: "lost" };
  const isPulled = subscription.target.type === "pull";
  const chainOf = (record: Holding): DueChain => ({
    record,
    wanted: dueSpans([record], nowMs, { inOrder: true, isPulled }),
  });
  // What is buried overtakes nothing, so it need not wait for what lies before it.
  const deadOf = (record: Holding): readonly Span[] =>
    dueSpans([record], nowMs, { inOrder: false, isPulled }).filter((span) => isOver(span, subscription));
  const dead = deadOf(first);
  const group = groupOf(first, hints);
  if (dead.length > 0)
    return await withTroubles(engine, group, () => buryOf(engine, reader, cursor, group, dead, take));
  const chain = chainOf(first);
  if (chain.wanted.length === 0 && openSpans(first).length > 0) {
    if (await waitBehindHold(engine, subscription, { cursor, record: first, hints }, nowMs))
      return { kind: "lost" };
    const anew = dateAnew(first, () => engine.random.nonce());
    if (!anew) return { kind: "empty" };
    await engine.progress.move(subscription, anew);
    return { kind: "lost" };
  }
  const isApart = !isPulled || isSuspect(chain.wanted);
  const others = isApart
    ? []
    : records
        .slice(1)
        .filter((record) => !isOfSeveral(record) && deadOf(record).length === 0)
        .map(chainOf)
        .filter(({ wanted }) => wanted.length > 0 && !isSuspect(wanted));
  const chains = [chain, ...enough(take.maxMessages - spanLength(chain.wanted), others)] as const;
  return await withTroubles(engine, group, () => handOut(engine, reader, cursor, chains, hints, take));
}

const isOfSeveral = ({ id }: Holding): boolean => (keysIn(id)?.length ?? 0) > 1;

/** As many of the first as it takes. */
function enough(maxMessages: number, chains: readonly DueChain[]): readonly DueChain[] {
  let left = maxMessages;
  return chains.slice(0, KEYS_IN_A_LEASE - 1).filter(({ wanted }) => {
    const isNeeded = left > 0;
    left -= spanLength(wanted);
    return isNeeded;
  });
}

/** Records of keys that are due, and that no record of the whole partition is before. */
async function dueRecords(
  engine: Engine,
  subscription: Subscription,
  { first, behind }: Front,
  due: readonly Due[],
): Promise<readonly Holding[]> {
  const dueIds = new Set(due.map((record) => (record.kind === "hint" ? record.leaseId : record.id)));
  let ids = [first.id, ...behind];
  for (const [index, id] of ids.entries()) {
    if (!holdsAll(id) || !(await holdingOf(engine, subscription, id))) continue;
    ids = ids.slice(0, index);
    break;
  }
  const found = ids.filter((id) => dueIds.has(id) && !holdsAll(id));
  // Others look too, and each at another one.
  const start = found.length > 0 ? engine.random.below(found.length) : 0;
  const tried = [...found.slice(start), ...found.slice(0, start)].slice(0, CHAINS_TRIED);
  const records: Holding[] = [];
  for (const id of tried) {
    const record = id === first.id ? first : await holdingOf(engine, subscription, id);
    if (record && record.dueMs <= engine.clock.nowMs()) records.push(record);
    // A pump takes one at a time.
    if (records.length > 0 && subscription.target.type !== "pull") break;
  }
  return records;
}

/** A lease of several keys that ran out: another look finds each of them by itself. */
async function splitFirst(
  { progress, clock, random }: Engine,
  subscription: Subscription,
  cursor: Cursor,
  lease: Lease,
  hints: readonly Hint[],
): Promise<Taken> {
  const nonce = (): string => random.nonce();
  const split = splitKeys(lease, hintsTo(lease, hints), { nowMs: clock.nowMs(), nonce });
  const anew = split ? undefined : dateAnew(lease, nonce);
  if (!split && !anew) return { kind: "empty" };
  const { partition } = lease;
  const listed = split ? { cursor: { partition, next: replaceOpen(cursor, split.became) } } : {};
  await progress.move(subscription, { ...(split?.move ?? anew), ...listed });
  return { kind: "lost" };
}

async function handOut(
  engine: Engine,
  reader: Reader,
  cursor: Cursor,
  chains: readonly [DueChain, ...DueChain[]],
  hints: readonly Hint[],
  take: Take,
): Promise<Taken> {
  const wanted = inOrder(chains.flatMap((chain) => chain.wanted));
  const records = chains.map(({ record }) => record);
  const led = records.flatMap((record) => hintsTo(record, hints));
  return await handOutOf(engine, reader, { cursor, first: chains[0].record }, wanted, take, (due) =>
    takeChains(records, led, due, takingOf(engine, take)),
  );
}
