import { letterItem, listedItem } from "../../../lib/adapters/dynamodb/items/dead-letter-item.js";
import {
  cursorItem,
  dueItem,
  innerName,
  innerValue,
  progressKey,
} from "../../../lib/adapters/dynamodb/items/progress-item.js";
import { itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { runningItem } from "../../../lib/adapters/dynamodb/items/redrive-job-item.js";
import { slotItem } from "../../../lib/adapters/dynamodb/items/slot-item.js";
import type { Cursor, CursorMove, Due, Lease, Move } from "../../../lib/domain/progress/records.js";
import { countChanges } from "../../../lib/domain/dead-letter.js";
import type { AcquireOutcome, KnockOutcome } from "../../../lib/domain/ports/locks.js";
import type { Slot } from "../../../lib/domain/slot.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import { outboxShardKey } from "../../../lib/domain/outbox.js";
import type { AppendOptions } from "../../../lib/domain/ports/log-store.js";
import type { OldestMessages } from "../../../lib/domain/ports/outbox-store.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";
import { SWEEP_LOCK } from "../../../lib/operations/clock/sweep.js";
import { TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import type { Call } from "../port-calls.js";
import type { AppendOutcome } from "../../../lib/domain/append-outcome.js";

const UNIT_BYTES = 1_024;
/** An anchor, a lane's lease, a timer and a slot set aside are small. */
const SMALL = 1;
/** Two of them in a transaction. */
const REPLACED = 4 * SMALL;
/** Two small items each, four to delete: with the count on the topic, a note, and what secrets there may be. */
const SUBSCRIPTION_UNITS = 4;
/** A process that has to list a topic's subscriptions keeps their roster: at most once a minute, or so. */
const ROSTER_UNITS_A_MINUTE = 2;
const DELETE_SUBSCRIPTION_UNITS = 8;
const TRANSACTION = 2;
/** As long as the adapter's mark of who wrote an item. */
const WRITER = "00000000-0000-0000-0000-000000000000";

/** What docs/cost.md says of a lease with its acknowledgement, and of a commit that an owner makes. */
const LEASED_UNITS = 5;
const OWNED_UNITS = 1;
/** A lost race costs what it would have, had it been won: with so few that race, no more than two for one. */
const RACES = 3;
/** A lane that is woken is taken, and let go; a doorbell may find it between two looks, and wake it once more. */
const LANE_UNITS_A_SLOT = 4;
/** What starts once a minute takes the sweep's lock, and lets go of it. Without a timer it takes no other. */
const CLOCK_UNITS_A_MINUTE = 2;
/**
 * A timer is set and removed. It may have a clock started, by whoever takes the lock for it, that stays for a minute
 * and renews its lock every five seconds; it takes the sweep's lock too.
 */
const TIMER_UNITS = 2;
const CLOCK_UNITS_A_TIMER = 17;

/** A doorbell, a retry's timer and the sweep each wake a lane once; now and then a pump looks once more as it ends. */
const LANE_TAKES_A_CAUSE = 1.5;
const CLOCKS: ReadonlySet<unknown> = new Set([TIMERS_LOCK, SWEEP_LOCK]);
/**
 * Of an append that is news: its topic's mark, by each of those who race for the place; the note of the tail once that
 * is cold; and the mark taken away.
 */
const MARK_UNITS_ANCHORED = 6;
/** What waits for somebody else is put off, less and less often. */
const MARK_UNITS_A_MINUTE = 1;

const units = (sizeBytes: number): number => Math.max(1, Math.ceil(sizeBytes / UNIT_BYTES));

/** What went on in a run, as far as the bound of its write units depends on it. */
export interface Activity {
  readonly minutes: number;
  /** Of all push subscriptions together. */
  readonly lanes: number;
}

/** Write units by what they were spent on (docs/cost.md). What fails is billed as what goes through. */
export class CostChecker {
  append = 0;
  progress = 0;
  lanes = 0;
  other = 0;
  /** Of `append`: for slots that were stored. */
  stored = 0;
  slots = 0;
  /** Of `slots`: those that came behind a cold tail, near the end of one's life, or first of all. */
  anchored = 0;
  /** Handed out together by a lease, and blocks. */
  leased = 0;
  /** Deliveries of a pump that owns what it delivers. */
  owned = 0;
  timers = 0;
  subscriptions = 0;
  /** Times that a pump took a lane. */
  laneTakes = 0;
  /** Messages that failed were given back so often. */
  retries = 0;
  /** Of `progress`: for messages that became dead letters. */
  dead = 0;
  /** Of `progress`: for what had expired unread, which the sweep counts once an hour. */
  expired = 0;
  /** Of what was seen in the outbox, by its key: what it takes to delete it. */
  readonly #waiting = new Map<string, number>();

  get total(): number {
    return this.append + this.progress + this.lanes + this.other;
  }

  /** What was spent beyond its bound where nothing goes wrong, in words; undefined where nothing was. */
  excess({ minutes, lanes }: Activity): string | undefined {
    const bounds = {
      append: RACES * this.stored,
      progress: RACES * (LEASED_UNITS * this.leased + OWNED_UNITS * this.owned + this.dead + this.expired),
      lanes:
        LANE_UNITS_A_SLOT * this.slots * lanes +
        CLOCK_UNITS_A_MINUTE * Math.ceil(minutes + 1) +
        CLOCK_UNITS_A_TIMER * this.timers,
      other:
        SUBSCRIPTION_UNITS * this.subscriptions +
        TIMER_UNITS * this.timers +
        MARK_UNITS_ANCHORED * this.anchored +
        (MARK_UNITS_A_MINUTE + ROSTER_UNITS_A_MINUTE) * Math.ceil(minutes + 1),
    };
    const over = (Object.keys(bounds) as (keyof typeof bounds)[]).filter((name) => this[name] > bounds[name]);
    if (over.length === 0) return undefined;
    return over.map((name) => `${this[name]} write units for ${name}, ${bounds[name]} at most`).join("; ");
  }

  /** Whether pumps started for nothing, in words, where nothing goes wrong but that messages fail. */
  restless({ minutes, lanes }: Activity): string | undefined {
    const causes = this.slots + this.retries + Math.ceil(minutes + 1);
    const bound = LANE_TAKES_A_CAUSE * lanes * causes;
    if (this.laneTakes <= bound) return undefined;
    return `pumps took their lanes ${this.laneTakes} times, for ${this.slots} slots and ${this.retries} retries`;
  }

  after(call: Call, outcome: unknown): void {
    const { port, method, args } = call;
    if (port === "log" && method === "append") {
      const spent = ofAppend(args, this.#waiting);
      this.append += spent;
      if ((outcome as AppendOutcome).kind !== "stored") return;
      this.stored += spent;
      this.slots++;
      if ((args[2] as AppendOptions | undefined)?.anchorVersion !== undefined) this.anchored++;
    } else if (port === "log" && ["noteTail", "raise", "retire"].includes(method)) this.other += SMALL;
    if (port === "outbox" && method === "oldest") this.#sees(outcome as OldestMessages);
    if (port === "marks" && method !== "list" && method !== "get") this.other += SMALL;
    if (port === "progress") this.progress += ofProgress(method, args, outcome);
    if (port === "locks" && isLockWritten(method, outcome)) this.lanes += SMALL;
    if (method === "acquire" && !CLOCKS.has(args[0]) && (outcome as AcquireOutcome).kind === "acquired")
      this.laneTakes++;
    if (method === "move" && outcome === "moved")
      this.leased += ((args[1] as Move).put ?? []).filter(isBlock).length;
    if (method === "move" && outcome === "moved" && (args[1] as Move).deadLetters)
      this.dead += ofMove(args[0] as SubscriptionRef, args[1] as Move);
    if (method === "move" && outcome === "moved" && isOfExpired(args[1] as Move))
      this.expired += ofMove(args[0] as SubscriptionRef, args[1] as Move);
    if (method === "move")
      this.retries += ((args[1] as Move).put ?? []).filter(({ kind }) => kind === "retry").length;
    if (port === "timers" && method !== "due") this.other += method === "replace" ? REPLACED : SMALL;
    if (port === "timers" && method === "set") this.timers++;
    if (port === "subscriptions") this.#afterSubscription(method);
  }

  #sees({ messages }: OldestMessages): void {
    for (const { sizeBytes, name, ...shard } of messages)
      this.#waiting.set(takenKey(outboxShardKey(shard), name), units(sizeBytes));
  }

  #afterSubscription(method: string): void {
    if (method === "create" || method === "update") {
      this.subscriptions++;
      this.other += SUBSCRIPTION_UNITS;
    }
    if (method === "delete") this.other += DELETE_SUBSCRIPTION_UNITS;
    if (method === "keepRoster") this.other += SMALL;
  }
}

/** A knock writes where the lock is held, once for each hold. */
const isLockWritten = (method: string, outcome: unknown): boolean =>
  method !== "heldUntilMs" &&
  method !== "note" &&
  !(method === "knock" && (outcome as KnockOutcome).kind === "free");

/** A new lease that a pump hands out from as an owner does. */
const isBlock = ({ kind, version, spans }: Due): boolean =>
  kind === "lease" && version === 1 && spans.some(({ attempt }) => attempt === 0);

const takenKey = (group: string, place: string): string => `${group} ${place}`;

/** `waiting`: what is known of what it takes away; the rest is small. */
function ofAppend(
  [partition, slot, options]: readonly unknown[],
  waiting: ReadonlyMap<string, number>,
): number {
  const put = units(itemBytes(slotItem(partition as PartitionRef, slot as Slot)));
  const { anchorVersion, beside = [] } = (options ?? {}) as AppendOptions;
  const besides = beside.reduce(
    (sum, one) =>
      sum + ((one.kind === "take" ? waiting.get(takenKey(one.group, one.place)) : undefined) ?? SMALL),
    0,
  );
  const anchor = anchorVersion === undefined ? 0 : SMALL;
  return anchor + besides === 0 ? put : TRANSACTION * (put + anchor + besides);
}

function ofProgress(method: string, [subscription, change]: readonly unknown[], outcome: unknown): number {
  const ref = subscription as SubscriptionRef;
  if (method === "move") return ofMove(ref, change as Move);
  if (method === "advance") return ofAdvance(ref, change as CursorMove, outcome as Cursor | "conflict");
  if (method === "finish" || method === "extend") return SMALL;
  // The cursor's item may be twice as large.
  if (method === "finishTogether") return 2 * SMALL;
  if (method !== "acknowledge" || outcome === "gone") return method === "acknowledge" ? SMALL : 0;
  return units(itemBytes(dueItem(progressKey(ref), outcome as Lease, WRITER)));
}

/** The cursor's item with all its leases. */
function ofAdvance(ref: SubscriptionRef, { partition }: CursorMove, outcome: Cursor | "conflict"): number {
  if (outcome === "conflict") return SMALL;
  const item = cursorItem(progressKey(ref), partition, outcome, WRITER);
  const inner = (outcome.inner ?? []).map((lease) => [innerName(lease.id), innerValue(lease)] as const);
  return units(itemBytes({ ...item, ...Object.fromEntries(inner) }));
}

const itemUnits = (item: object): number => units(itemBytes(item));

/** One item is a plain write, several are a transaction at twice the price. */
/** It hands nothing out. */
const isOfExpired = ({ expired = 0, put = [], remove = [] }: Move): boolean =>
  expired > 0 && put.length + remove.length === 0;

function ofMove(ref: SubscriptionRef, move: Move): number {
  const { cursor, remove = [], put = [], setAside = [], deadLetters = [], endedDeadLetters = [] } = move;
  const pk = progressKey(ref);
  const record = (due: Due): number => units(itemBytes(dueItem(pk, due, WRITER)));
  const items = [
    ...(cursor ? [units(itemBytes(cursorItem(pk, cursor.partition, cursor.next, WRITER)))] : []),
    ...remove.map(record),
    ...put.map(record),
    ...setAside.map(() => SMALL),
    ...deadLetters.flatMap(({ letter }) => [letterItem(pk, letter), listedItem(pk, letter)].map(itemUnits)),
    ...endedDeadLetters.flatMap((entry) => [itemUnits(listedItem(pk, entry)), SMALL]),
    ...[...countChanges(move)].map(() => SMALL),
    ...(move.act ? endedDeadLetters.map(() => SMALL) : []),
    ...(move.job ? [itemUnits(runningItem(pk, move.job, WRITER))] : []),
  ];
  const all = items.reduce((sum, one) => sum + one, 0);
  return items.length > 1 ? TRANSACTION * all : all;
}
