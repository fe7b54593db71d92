import type { AppendOutcome } from "../../../lib/domain/ports/log-store.js";
import type { Due, Lease, Move } from "../../../lib/domain/progress.js";
import type { Slot } from "../../../lib/domain/slot.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import { cursorBytes, dueBytes, slotBytes } from "./item-size.js";

const UNIT_BYTES = 1_024;
/** An anchor, a lane's lease and a timer are small. */
const SMALL = 1;
/** Two small items each, three to delete: with the count on the topic. */
const CREATE_SUBSCRIPTION = 4;
const DELETE_SUBSCRIPTION = 6;
const TRANSACTION = 2;

const units = (sizeBytes: number): number => Math.max(1, Math.ceil(sizeBytes / UNIT_BYTES));

/** Write units by what they were spent on (docs/cost.md). What fails is billed as what goes through. */
export class CostChecker {
  append = 0;
  progress = 0;
  lanes = 0;
  other = 0;
  /** Of `append`: for slots that were stored. */
  stored = 0;
  /** How often a pump asked for its lane, and how often the clock did. */
  wakeUps = 0;
  /** Handed out together: by a lease, or by a pump that owns its subscription. */
  leased = 0;
  owned = 0;

  get total(): number {
    return this.append + this.progress + this.lanes + this.other;
  }

  after(call: Call, outcome: unknown): void {
    const { port, method, args } = call;
    if (port === "log" && method === "append") {
      const spent = ofAppend(args);
      this.append += spent;
      if ((outcome as AppendOutcome).kind === "stored") this.stored += spent;
    }
    if (port === "progress") this.progress += ofProgress(method, args, outcome);
    if (port === "pumpLeases" && method !== "heldUntilMs") this.lanes += SMALL;
    if (port === "pumpLeases" && method === "acquire") this.wakeUps++;
    if (port === "timers" && method !== "due") this.other += SMALL;
    if (port === "subscriptions" && method === "create") this.other += CREATE_SUBSCRIPTION;
    if (port === "subscriptions" && method === "delete") this.other += DELETE_SUBSCRIPTION;
  }
}

function ofAppend([partition, slot, anchorVersion]: readonly unknown[]): number {
  const put = units(slotBytes(partition as PartitionRef, slot as Slot));
  return anchorVersion === undefined ? put : TRANSACTION * (put + SMALL);
}

function ofProgress(method: string, [subscription, change]: readonly unknown[], outcome: unknown): number {
  const ref = subscription as SubscriptionRef;
  if (method === "move") return ofMove(ref, change as Move);
  if (method === "finish" || method === "extend") return SMALL;
  if (method !== "acknowledge" || outcome === "gone") return method === "acknowledge" ? SMALL : 0;
  return units(dueBytes(ref, outcome as Lease));
}

/** One item is a plain write, several are a transaction at twice the price. */
function ofMove(ref: SubscriptionRef, { cursor, remove = [], put = [], setAside = [] }: Move): number {
  const record = (due: Due): number => units(dueBytes(ref, due));
  const items = [
    ...(cursor ? [units(cursorBytes(ref, cursor.next))] : []),
    ...remove.map(record),
    ...put.map(record),
    ...setAside.map(() => SMALL),
  ];
  const all = items.reduce((sum, one) => sum + one, 0);
  return items.length > 1 ? TRANSACTION * all : all;
}
