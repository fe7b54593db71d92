import type { Move } from "../../../lib/domain/progress/records.js";
import { parseReceipt } from "../../../lib/domain/receipt.js";
import type { Offset } from "../../../lib/domain/slot.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { Logged } from "./partition-log.js";

/** When a message was handed out last, and how often since the subscription's last seek. */
export interface HandedOut {
  readonly times: number;
  readonly atMs: number;
}

/** A filter, and since when it is in force; undefined: none. */
export interface SinceWhen {
  readonly filter: string | undefined;
  readonly fromMs: number;
}

/** What a pump was at work on last, from a head that it owned, and which attempt it told. */
export interface ToldByOwner {
  readonly who: string;
  readonly atMs: number;
  readonly epoch: number;
  readonly attempt: number;
}

/** Who makes a move, and what its clock says. */
export interface Mover {
  readonly name: string;
  readonly nowMs: number;
}

/** What is known of one subscription, beside what the stores say. */
export interface Watched {
  /** As it was when it was made, or sought last. */
  subscription: Subscription;
  /** Messages that a consumer said are done since the last seek, whether or not that got through. */
  readonly done: Set<string>;
  /** Messages of which a consumer was told that their acknowledgement went through. */
  readonly settled: Set<string>;
  /** Messages that a consumer rejected, whether or not that got through. */
  readonly rejected: Set<string>;
  /** Messages of which a consumer was told that their rejection went through. */
  readonly doomed: Set<string>;
  /** Messages whose handler, in a worker that consumes through the client, has done its work. */
  readonly handled: Set<string>;
  /** Messages of which a pump heard that they are done, with time enough to write that down. */
  readonly heard: Set<string>;
  readonly setAside: Set<string>;
  /** Messages that a head has passed since the last seek, because a filter did not want them. */
  readonly leftOut: Set<string>;
  /** All filters that it ever had, in their order. */
  readonly filters: SinceWhen[];
  /** When it was made, or sought last. */
  soughtAtMs: number;
  /** Messages that became dead letters since the last seek, with when those expire; 0: deleted. */
  readonly dead: Map<string, number>;
  /** Messages that were dead letters, and were sent again: their place in the order is a new one. */
  readonly redriven: Set<string>;
  /** Messages that a replay had come again: of what their consumers say, it is not known which time they mean. */
  readonly replayed: Set<string>;
  /** Messages that an operator said anything of, and those that it ended: a word may land behind a seek. */
  readonly operated: Set<string>;
  readonly ended: Set<string>;
  /** Messages of which an operator was told, since the last seek, that its last word on them went through. */
  readonly ruled: Set<string>;
  /** Messages that were mended as they were sent again: the content that they have since. */
  readonly mended: Map<string, Mended>;
  /** The fewest attempts, and the shortest retention of dead letters, that its settings ever allowed. */
  leastAttempts: number;
  leastRetentionMs: number;
  readonly handed: Map<string, HandedOut>;
  readonly toldByOwners: Map<string, ToldByOwner>;
  /** Ids of the leases that were ever stored, with when: who hands out by another one has made it up. */
  readonly leases: Map<string, number>;
  /** By lease: who took it. */
  readonly takers: Map<string, string>;
  /** Leases that a consumer got. */
  readonly given: Set<string>;
  /** By key: the offset below which all of its messages are over. */
  readonly orderedTo: Map<string, Offset>;
  /** When a handler of it started or ended last. */
  activeAtMs: number;
  isDeleted: boolean;
}

/** The content of a mended message: the attribute that tells it from another, and the object that holds it. */
export interface Mended {
  readonly mark: unknown;
  readonly segment: string | undefined;
}

export const watch = (subscription: Subscription, nowMs: number): Watched => ({
  subscription,
  done: new Set(),
  settled: new Set(),
  rejected: new Set(),
  doomed: new Set(),
  handled: new Set(),
  heard: new Set(),
  setAside: new Set(),
  leftOut: new Set(),
  filters: [{ filter: subscription.filter, fromMs: nowMs }],
  soughtAtMs: nowMs,
  dead: new Map(),
  redriven: new Set(),
  replayed: new Set(),
  operated: new Set(),
  ended: new Set(),
  ruled: new Set(),
  mended: new Map(),
  leastAttempts: subscription.retry.maxAttempts,
  leastRetentionMs: subscription.deadLetter.retentionSeconds * 1_000,
  handed: new Map(),
  toldByOwners: new Map(),
  leases: new Map(),
  takers: new Map(),
  given: new Set(),
  orderedTo: new Map(),
  activeAtMs: 0,
  isDeleted: false,
});

/** Notes the new leases of a move, and who took them. */
export function tookLeases(watched: Watched, who: string, { put = [] }: Move, nowMs: number): void {
  for (const { kind, id, version } of put) {
    if (kind !== "lease" || version > 1) continue;
    watched.leases.set(id, nowMs);
    watched.takers.set(id, who);
  }
}

/** Settings are in force, beside those that others may still have. */
export function allow(watched: Watched, { retry, deadLetter, filter }: Subscription, nowMs: number): void {
  if (watched.filters.at(-1)?.filter !== filter) watched.filters.push({ filter, fromMs: nowMs });
  watched.leastAttempts = Math.min(watched.leastAttempts, retry.maxAttempts);
  watched.leastRetentionMs = Math.min(watched.leastRetentionMs, deadLetter.retentionSeconds * 1_000);
}

/** A message is sent again, as if it had never been handed out. */
export function forgetPast(watched: Watched, id: string): void {
  const { done, rejected, doomed, handled, heard, handed, ruled, toldByOwners } = watched;
  for (const one of [done, rejected, doomed, handled, heard, handed, ruled, toldByOwners]) one.delete(id);
}

export const isSetAside = ({ setAside }: Watched, { partition, slotBase }: Logged): boolean =>
  setAside.has(`${partition}#${slotBase}`);

/** Forgets the leases that were taken before then. */
export function forgetLeases({ leases, takers, given }: Watched, untilMs: number): void {
  for (const [id, atMs] of leases) {
    if (atMs >= untilMs) continue;
    leases.delete(id);
    takers.delete(id);
    given.delete(id);
  }
}

/** Forgets a message that is in no log any more; returns whether it was over. */
export function forgetMessage(watched: Watched, id: string): boolean {
  const { done, dead, ended, leftOut, redriven, operated, ruled, settled } = watched;
  const { rejected, doomed, handled, heard, handed, toldByOwners } = watched;
  const wasOver = [done, dead, ended, leftOut].some((over) => over.delete(id));
  for (const past of [redriven, operated, ended, ruled, settled, rejected, doomed]) past.delete(id);
  for (const past of [handled, heard, handed, toldByOwners]) past.delete(id);
  return wasOver;
}

/** The place of a subscription goes elsewhere: what was done before may be done again. */
export function seek(watched: Watched, subscription: Subscription, nowMs: number): void {
  watched.subscription = subscription;
  watched.soughtAtMs = nowMs;
  watched.leftOut.clear();
  watched.done.clear();
  watched.settled.clear();
  watched.rejected.clear();
  watched.doomed.clear();
  watched.handled.clear();
  watched.heard.clear();
  watched.handed.clear();
  watched.toldByOwners.clear();
  watched.orderedTo.clear();
  watched.dead.clear();
  watched.redriven.clear();
  watched.ruled.clear();
  watched.mended.clear();
}

/** The lease that a message was handed out with, as its receipt says; a pump's own deliveries have none. */
export function leaseIdOf({ subscription }: Watched, { receipt }: Handed): string | undefined {
  const parsed = parseReceipt(subscription, receipt);
  if (!("leaseId" in parsed)) return undefined;
  return /^0+-owned$/.test(parsed.leaseId) ? undefined : parsed.leaseId;
}
