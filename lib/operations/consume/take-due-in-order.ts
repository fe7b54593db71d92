import { isOver } from "../../domain/moves/after-failure.js";
import { type DueGroup, dateAnew, dueSpans, takeAgain } from "../../domain/moves/take.js";
import { holdsAll } from "../../domain/progress/chains.js";
import { splitByDeadline } from "../../domain/progress/deadlines.js";
import { type Due, type Hint, type Retry, openSpans } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { type Front, buryOf, frontOf, groupOf, handOutOf, holdingOf } from "./due-front.js";
import { cursorIn } from "./known-cursors.js";
import { takingOf } from "./lease.js";
import type { Take, Taken } from "./take.js";
import { takeDueKeys } from "./take-due-keys.js";
import { passLapsed, waitBehindHold } from "./pass-holds.js";
import { withTroubles } from "./read-due.js";

/** The most partitions that one call looks at. The next call begins with others. */
const PARTITIONS_LIMIT = 4;
/** Above this many open records a partition's first record is no longer handed out in parts. */
const OPEN_LIMIT = 6;

/**
 * With ordering: hands out again an open record of a partition, as far as it is due without a gap. A record of one key
 * holds back nothing but its key; any other one waits for all before it and holds back all behind it. So nothing
 * overtakes.
 */
export async function takeDueInOrder(
  engine: Engine,
  reader: Reader,
  due: readonly Due[],
  take: Take,
): Promise<Taken> {
  const partitions = [...new Set(due.map(({ partition }) => partition))];
  const start = engine.random.below(partitions.length);
  const rotated = [...partitions.slice(start), ...partitions.slice(0, start)];
  let isLost = false;
  for (const partition of rotated.slice(0, PARTITIONS_LIMIT)) {
    const here = due.filter((record) => record.partition === partition);
    const taken = await takeFrom(engine, reader, partition, here, take);
    if (taken.kind === "taken") return taken;
    isLost ||= taken.kind === "lost";
  }
  return { kind: isLost ? "lost" : "empty" };
}

async function takeFrom(
  engine: Engine,
  reader: Reader,
  partition: number,
  due: readonly Due[],
  take: Take,
): Promise<Taken> {
  const { progress, clock } = engine;
  const { subscription } = reader;
  const stored = await progress.cursor(subscription, partition);
  const cursor = cursorIn(subscription, partition, stored);
  const hints = due.flatMap((record) => (record.kind === "hint" ? [record] : []));
  const foremost = await frontOf(engine, subscription, cursor);
  const open = foremost ? [foremost.first.id, ...foremost.behind] : [];
  if (await removeIdle(engine, subscription, open, hints)) return { kind: "lost" };
  if (!foremost) return { kind: "empty" };
  const { first, behind } = foremost;
  if (!holdsAll(first.id)) return await takeDueKeys(engine, reader, foremost, { due, hints }, take);
  const nowMs = clock.nowMs();
  if (await passLapsed(engine, subscription, first, nowMs)) return { kind: "lost" };
  const [, kept] = splitByDeadline(first, nowMs, { inOrder: true });
  const isInParts = kept.length > 0 && behind.length >= OPEN_LIMIT;
  const isPulled = subscription.target.type === "pull";
  const group = groupOf(first, hints);
  // What is buried overtakes nothing, so it need not wait for what lies before it.
  const dead = dueSpans([first], nowMs, { inOrder: false, isPulled }).filter((span) =>
    isOver(span, subscription),
  );
  if (dead.length > 0)
    return await withTroubles(engine, group, () =>
      buryOf(engine, reader, foremost.cursor, group, dead, take),
    );
  const wanted = isInParts ? [] : dueSpans([first], nowMs, { inOrder: true, isPulled });
  if (wanted.length === 0 && openSpans(first).length > 0) {
    const held = { cursor: foremost.cursor, record: first, hints };
    if (first.dueMs <= nowMs && (await waitBehindHold(engine, subscription, held, nowMs)))
      return { kind: "lost" };
    const anew = dateAnew(first, () => engine.random.nonce());
    if (!anew) return { kind: "empty" };
    await progress.move(subscription, anew);
    return { kind: "lost" };
  }
  return await withTroubles(engine, group, () => handOutFirst(engine, reader, foremost, group, wanted, take));
}

/** Removes hints to leases that are gone, though the cursor may still list them. `true`: there were some. */
async function removeIdle(
  { progress }: Engine,
  subscription: Subscription,
  open: readonly string[],
  hints: readonly Hint[],
): Promise<boolean> {
  const remove = hints.filter(({ leaseId }) => !open.includes(leaseId));
  if (remove.length > 0) await progress.move(subscription, { remove });
  return remove.length > 0;
}

async function handOutFirst(
  engine: Engine,
  reader: Reader,
  front: Front,
  group: DueGroup,
  wanted: ReturnType<typeof dueSpans>,
  take: Take,
): Promise<Taken> {
  return await handOutOf(engine, reader, front, wanted, take, async (due) => {
    const next =
      due.left.length > 0 ? await retryBehind(engine, reader.subscription, front.behind) : undefined;
    const joining = next ? { ...group, behind: next } : group;
    return takeAgain(joining, due, takingOf(engine, take));
  });
}

async function retryBehind(
  engine: Engine,
  subscription: Subscription,
  [id]: readonly string[],
): Promise<Retry | undefined> {
  const record = id === undefined ? undefined : await holdingOf(engine, subscription, id);
  return record?.kind === "retry" ? record : undefined;
}
