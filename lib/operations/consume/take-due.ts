import { type Cursor, type Due, isVoid, openSpans, replaceOpen } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { handOut, leaseOf, retryOf, spansOf } from "./lease.js";
import { readSpans } from "../log/read-spans.js";
import { cursorIn } from "./known-cursors.js";
import { joinSpans, spanLength, splitSpans } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Take, Taken } from "./take.js";

/** Records that are looked at: enough that many consumers at once seldom pick the same. */
const DUE_LIMIT = 50;
/** Records that one lease takes together, well inside a transaction. */
const TOGETHER_LIMIT = 20;
/** Looks of one call that find nothing but what a seek has left behind; the next call goes on from there. */
const VOID_LOOKS = 10;

/** Hands out again what is due: leases that expired, with their attempt counted, and retries. */
export async function takeDue(engine: Engine, { topic, subscription }: Reader, take: Take): Promise<Taken> {
  const due = await liveDue(engine, subscription);
  if (!due) return { kind: "lost" };
  const served = due.filter(({ partition }) => take.serves?.(partition) ?? true);
  if (served.length === 0) return { kind: "empty" };
  if (topic.ordering === "none") {
    return await handOutAgain(
      engine,
      { topic, subscription },
      together(engine, served, take.maxMessages),
      take,
    );
  }
  for (const record of served) {
    const cursor = await firstOpen(engine, subscription, record);
    if (cursor) return await handOutAgain(engine, { topic, subscription }, [record], take, cursor);
  }
  return { kind: "empty" };
}

/**
 * What is due and not void. What a seek has left behind is removed as it is found; undefined where there is so much of
 * it that more has to be looked for.
 */
async function liveDue(
  { progress, clock }: Engine,
  subscription: Subscription,
): Promise<readonly Due[] | undefined> {
  for (let look = 1; look <= VOID_LOOKS; look++) {
    const due = await progress.due(subscription, clock.nowMs(), DUE_LIMIT);
    const left = due.filter((record) => isVoid(record, subscription));
    if (left.length === 0) return due;
    // A conflict says that somebody else has changed one of them: the next look shows those that are still there.
    await progress.move(subscription, { remove: left });
    const live = due.filter((record) => !isVoid(record, subscription));
    if (live.length > 0 || due.length < DUE_LIMIT) return live;
  }
  return undefined;
}

/** With ordering: the cursor of the record's partition, if nothing that is open there comes before the record. */
async function firstOpen(
  { progress }: Engine,
  subscription: Subscription,
  record: Due,
): Promise<Cursor | undefined> {
  const stored = await progress.cursor(subscription, record.partition);
  const cursor = cursorIn(subscription, record.partition, stored);
  for (const id of cursor.open ?? []) {
    if (id === record.id) return cursor;
    if (await progress.get(subscription, id)) return undefined;
  }
  return undefined;
}

/**
 * A record, and those of its partition that fit into the lease with it. Which one is left to chance: others look too.
 * One that does not fit is passed over: what of them is not handed out becomes one record, which would grow with each
 * look until no item could hold it.
 */
function together({ random }: Engine, due: readonly Due[], maxMessages: number): readonly Due[] {
  const start = random.below(due.length);
  const first = due[start] as Due;
  const group: Due[] = [];
  let messages = 0;
  for (const record of [...due.slice(start), ...due.slice(0, start)]) {
    if (record.partition !== first.partition || record.epoch !== first.epoch) continue;
    const more = spanLength(openSpans(record));
    if (group.length > 0 && messages + more > maxMessages) continue;
    group.push(record);
    messages += more;
    if (messages >= maxMessages || group.length >= TOGETHER_LIMIT) break;
  }
  return group;
}

async function handOutAgain(
  engine: Engine,
  { topic, subscription }: Reader,
  group: readonly Due[],
  take: Take,
  cursor?: Cursor,
): Promise<Taken> {
  const first = group[0] as Due;
  const { partition, epoch } = first;
  const open = group.flatMap(openSpans).sort((a, b) => a.from - b.from);
  const [wanted, beyond] = splitSpans(joinSpans(open), take.maxMessages);
  const read = await readSpans(engine, { topic, partition }, wanted, take.maxBytes);
  const own = read.entries;
  const left = [...read.left, ...beyond];
  const nowMs = engine.clock.nowMs();
  const lease = leaseOf(engine, partition, epoch, spansOf(own, nowMs, 1), nowMs + take.leaseMs);
  const leased = own.length > 0 ? [lease] : [];
  const waiting = left.length > 0 ? [retryOf(engine, partition, epoch, left, first.dueMs)] : [];
  const put = [...leased, ...waiting];
  const kept = cursor
    ? {
        cursor: {
          partition,
          next: replaceOpen(
            cursor,
            first.id,
            put.map(({ id }) => id),
          ),
        },
      }
    : {};
  const outcome = await engine.progress.move(subscription, {
    remove: group,
    put,
    setAside: read.setAside,
    ...kept,
  });
  // Nothing of it was left to hand out: its consumer looks again, as after a lost race.
  if (outcome === "conflict" || own.length === 0) return { kind: "lost" };
  return { kind: "taken", leases: [lease], handed: handOut(subscription, lease, own) };
}
