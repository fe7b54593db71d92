import { invariant } from "../invariant.js";
import type { Place } from "../place.js";
import { BUSY_KEYS_AT_MOST, BUSY_KEYS_AT_THE_END, chainKey, chainNonce } from "../progress/chains.js";
import {
  type Cursor,
  type Holding,
  type Lease,
  MOVE_ITEMS_LIMIT,
  type Move,
  type SetAside,
} from "../progress/records.js";
import type { Span } from "../progress/spans.js";
import type { Run, RunEntry } from "./commit.js";
import {
  type Passed,
  type State,
  type Times,
  joinedBy,
  newChain,
  passedOf,
  withoutDue,
} from "./key-records.js";
import { newLease, retryInOrder } from "./making.js";

/** A stretch of the log ahead of an owned head: one message, or none. */
export interface KeyedItem<R extends Run> {
  /** undefined if there is nothing to deliver: what lies here has expired, or cannot be read. */
  readonly entry: RunEntry | undefined;
  /** Stands for the message's key. */
  readonly hash: string;
  /** The delivery that it is in, or was; undefined while it waits. */
  readonly run?: R;
  /** Where the head is after it. */
  readonly next: Place;
  readonly setAside: readonly SetAside[];
  readonly expired: number;
}

/**
 * How far the head may go. `done`: past what was answered. `parks`: also past what waits behind a busy key, which joins
 * the key's record. `all`: also past what is being delivered, which goes on under leases, and past what lies between.
 */
export type KeysReach = "done" | "parks" | "all";

export interface KeysRequest<R extends Run> extends Times {
  readonly partition: number;
  readonly cursor: Cursor;
  /** From the head on, without a gap. */
  readonly items: readonly KeyedItem<R>[];
  /** The records of busy keys that something ahead of the head may have to join, as they were just read. */
  readonly chains: ReadonlyMap<string, Holding>;
  /** Ids that the cursor lists although their records are gone. */
  readonly gone: ReadonlySet<string>;
  readonly reach: KeysReach;
  /** The most spans of a record. */
  readonly spansAtMost: number;
  /** Returns a fresh name for each record. */
  readonly nonce: () => string;
}

/** One write of the owner of an ordered partition. */
export interface KeysCommit<R extends Run> {
  readonly move: Move & { readonly cursor: NonNullable<Move["cursor"]> };
  readonly next: Cursor;
  /** How many items the head passes. */
  readonly passed: number;
  /** The leases of deliveries that are under way. */
  readonly leases: ReadonlyMap<R, readonly Lease[]>;
}

/**
 * Moves the head of an owned ordered partition. Of what it passes and is not done, each key has one record, in which
 * its later messages wait behind what is being delivered or waits for a retry. undefined if it cannot move: a cap is
 * reached, or there is nothing to pass.
 */
export function commitKeys<R extends Run>(request: KeysRequest<R>): KeysCommit<R> | undefined {
  const { partition, cursor, items, gone, reach } = request;
  const writing = new Writing(request);
  const end = reach === "all" ? endOfTouched(items) : items.length;
  let passed = 0;
  while (passed < end && writing.passes(items[passed] as KeyedItem<R>)) passed++;
  const last = items[passed - 1];
  if (!last) return undefined;
  invariant(last.next.head > cursor.head, "a head moves forward");
  const { put, leases, fresh } = writing.records();
  const open = [...(cursor.open ?? []).filter((id) => !gone.has(id)), ...fresh];
  const next: Cursor = {
    ...{
      head: last.next.head,
      slotBase: last.next.slotBase,
      epoch: cursor.epoch,
      version: cursor.version + 1,
    },
    ...(open.length > 0 ? { open } : {}),
  };
  const { setAside, expired } = writing;
  const move = {
    cursor: { partition, next },
    put,
    setAside,
    ...(expired > 0 ? { expired } : {}),
  };
  return { move, next, passed, leases };
}

/** What waits behind the last message that was handed out stays ahead of the head. */
export function endOfTouched(items: readonly KeyedItem<Run>[]): number {
  let end = items.length;
  while (end > 0 && items[end - 1]?.entry !== undefined && items[end - 1]?.run === undefined) end--;
  return end;
}

/** What one key has passed, in order: all under way, or all of it waits. */
interface Chain {
  readonly stored: Holding | undefined;
  readonly spans: Passed[];
}

class Writing<R extends Run> {
  readonly setAside: SetAside[] = [];
  expired = 0;
  readonly #chains = new Map<string, Chain>();
  /** What finds no room among the busy keys: its records hold the partition. */
  readonly #rest: Passed[] = [];
  readonly #restRuns = new Map<R, Span[]>();
  readonly #restKeys = new Set<string>();
  /** By key: the delivery that is under way. */
  readonly #underWay = new Map<string, R>();
  // The cursor and the count of expired messages are items too.
  #records = 2;
  readonly #room: number;
  /** Behind a record of the whole partition, which may hold messages of any key. */
  readonly #joinable: ReadonlySet<string>;

  constructor(private readonly request: KeysRequest<R>) {
    const { cursor, gone, reach } = request;
    const atMost = reach === "all" ? BUSY_KEYS_AT_THE_END : BUSY_KEYS_AT_MOST;
    const open = (cursor.open ?? []).filter((id) => !gone.has(id));
    this.#room = atMost - open.length;
    const lastWhole = open.map(chainKey).lastIndexOf(undefined);
    this.#joinable = new Set(open.slice(lastWhole + 1));
  }

  /** Passes the item, or stops before it. */
  passes(item: KeyedItem<R>): boolean {
    const { entry, hash, run } = item;
    const state = stateOf(item);
    const isFirst = this.#records === 2 && this.setAside.length === 0;
    if (!isFirst && this.#records + item.setAside.length + this.setAside.length > MOVE_ITEMS_LIMIT)
      return false;
    if (entry && state !== "over" && !this.#keeps(item, entry, state)) return false;
    if (state === "under-way" && run) this.#underWay.set(hash, run);
    this.setAside.push(...item.setAside);
    this.expired += item.expired;
    return true;
  }

  #keeps(item: KeyedItem<R>, entry: RunEntry, state: Exclude<State, "over">): boolean {
    const { reach, chains, spansAtMost } = this.request;
    const { hash } = item;
    if (state === "under-way" && reach !== "all") return false;
    const known = this.#chains.get(hash);
    const stored = chains.get(hash);
    if (state === "waits" && (reach === "done" || (reach === "parks" && !known && !stored))) return false;
    const passed = passedOf(this.request, item.run, entry, state);
    const length = (known?.spans.length ?? 0) + (stored?.spans.length ?? 0);
    const isNew = known === undefined;
    const hasRoom = isNew && stored === undefined ? this.#fresh < this.#room : length < spansAtMost;
    const mayJoin = stored === undefined || this.#joinable.has(stored.id);
    if (hasRoom && mayJoin && !this.#restKeys.has(hash)) {
      if (isNew && this.#records + this.setAside.length >= MOVE_ITEMS_LIMIT) return false;
      if (isNew) this.#records++;
      const chain = known ?? { stored, spans: [] };
      chain.spans.push(passed);
      this.#chains.set(hash, chain);
      return true;
    }
    if (reach !== "all") return false;
    return this.#keepsAmongTheRest(passed, item);
  }

  /** With no room for another key the partition has to wait for what is left. */
  #keepsAmongTheRest(passed: Passed, { hash, run }: KeyedItem<R>): boolean {
    const isNew = passed.isUnderWay ? run !== undefined && !this.#restRuns.has(run) : this.#rest.length === 0;
    if (isNew && this.#records + this.setAside.length >= MOVE_ITEMS_LIMIT) return false;
    if (this.#rest.length >= this.request.spansAtMost) return false;
    if (isNew) this.#records++;
    if (passed.isUnderWay && run)
      this.#restRuns.set(run, [...(this.#restRuns.get(run) ?? []), withoutDue(passed.span)]);
    else this.#rest.push(passed);
    this.#restKeys.add(hash);
    return true;
  }

  get #fresh(): number {
    return [...this.#chains.values()].filter(({ stored }) => !stored).length;
  }

  records(): {
    readonly put: readonly Holding[];
    readonly leases: ReadonlyMap<R, readonly Lease[]>;
    readonly fresh: readonly string[];
  } {
    const { partition, cursor, leaseUntilMs, nowMs, nonce } = this.request;
    const where = { partition, epoch: cursor.epoch };
    const put: Holding[] = [];
    const fresh: string[] = [];
    const leases = new Map<R, readonly Lease[]>();
    const leased = (run: R, lease: Lease): void => void leases.set(run, [...(leases.get(run) ?? []), lease]);
    for (const [hash, { stored, spans }] of this.#chains) {
      if (stored) {
        put.push(joinedBy(stored, spans, nowMs));
        continue;
      }
      const name = chainNonce(hash, nonce());
      const record = newChain(where, spans, { leaseUntilMs, nowMs, name });
      put.push(record);
      fresh.push(record.id);
      const run = this.#underWay.get(hash);
      if (record.kind === "lease" && run) leased(run, record);
    }
    for (const [run, spans] of this.#restRuns) {
      const lease = newLease(where, spans, leaseUntilMs, nonce());
      put.push(lease);
      fresh.push(lease.id);
      leased(run, lease);
    }
    if (this.#rest.length > 0) {
      const retry = retryInOrder(
        where,
        this.#rest.map(({ span }) => span),
        { nowMs, nonce: nonce() },
      );
      put.push(retry);
      fresh.push(retry.id);
    }
    return { put, leases, fresh };
  }
}

function stateOf<R extends Run>({ entry, run }: KeyedItem<R>): State {
  if (!entry) return "over";
  if (!run) return "waits";
  if (run.failed === undefined) return run.isBack ? "waits" : "under-way";
  return run.failed.some(({ offset }) => offset === entry.offset) ? "failed" : "over";
}
