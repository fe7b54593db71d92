import { Conflict } from "../../domain/errors.js";
import { type KeysCommit, type KeysReach, commitKeys } from "../../domain/moves/commit-keys.js";
import type { Cursor, Lease } from "../../domain/progress/records.js";
import { dueAfterAttempt } from "../backing-off.js";
import { tellExpired } from "../log/tell-expired.js";
import { tellLeftOut } from "../log/tell-left-out.js";
import type { OwnedBatch } from "./batch.js";
import type { BusyKeys } from "./busy-keys.js";
import { type KeyedWindow, type WindowItem, hasFailed, isOver } from "./keyed-window.js";
import type { SupplyContext } from "./supply.js";

/** How often a commit looks again at what others have changed. */
const CHANGES_AT_MOST = 8;

type Commit = KeysCommit<OwnedBatch>;

/** The writes of an owned ordered partition: one at a time. */
export class KeyedCommits {
  /** A write that may or may not have been carried out. */
  #unresolved: Commit | undefined;
  #isPlanning = false;
  #isLost = false;
  /** Whether the last plan found that the head cannot go on: so many keys are busy that the partition has to wait. */
  isBlocked = false;
  /** Whether a move left records of messages that come again. */
  hasLeftRecords = false;
  movedAtMs: number;

  constructor(
    private readonly context: Pick<SupplyContext, "engine" | "reader">,
    private readonly partition: number,
    private readonly window: KeyedWindow,
    private readonly busy: BusyKeys,
    /** `overWithLease`: called for a batch that got a lease although it was already over. */
    private readonly told: {
      readonly passed: (hasRun: boolean) => void;
      readonly overWithLease: (batch: OwnedBatch) => void;
    },
  ) {
    this.movedAtMs = context.engine.clock.nowMs();
  }

  get isUnresolved(): boolean {
    return this.#unresolved !== undefined;
  }

  /** Whether a write stands for what is at the front of the window: nothing may be taken out of that. */
  get isUnderWay(): boolean {
    return this.#isPlanning || this.isUnresolved;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** No write is made any more. */
  drop(): void {
    this.#isLost = true;
    this.window.drop();
  }

  block(): void {
    if (this.isBlocked) return;
    this.isBlocked = true;
    const { engine, reader } = this.context;
    const fields = { topic: reader.topic.name, subscription: reader.subscription.name };
    engine.telemetry.event("partition-waits", "warn", {
      ...fields,
      partition: this.partition,
      busyKeys: this.busy.count,
    });
  }

  async commit(reach: KeysReach, leaseUntilMs: number, atMost: number): Promise<"committed" | "lost"> {
    let changes = 0;
    for (let left = atMost; !this.#isLost && left > 0;) {
      const made = this.#unresolved ?? (await this.#plan(reach, leaseUntilMs, left));
      if (!made) return "committed";
      const outcome = await this.#carryOut(made);
      this.#resolve(undefined);
      if (outcome === "lost") this.drop();
      else if (outcome === "committed") left -= made.passed;
      else if (++changes >= CHANGES_AT_MOST)
        throw new Conflict(`moving the head of partition ${this.partition}`);
    }
    return this.#isLost ? "lost" : "committed";
  }

  async #plan(reach: KeysReach, leaseUntilMs: number, atMost: number): Promise<Commit | undefined> {
    const { engine, reader } = this.context;
    // Of before the records are read: if one becomes another meanwhile, the write meets a conflict.
    const { cursor, gone } = this.busy;
    const items = this.window.items.slice(0, Math.min(atMost, this.window.items.length));
    // What failed with others of its key may be passed after them: it joins their record.
    const joining = items.filter((item) => hasFailed(item) || (reach !== "done" && item.entry && !item.run));
    const chains = await this.#recordsOf(joining);
    if (this.#isLost) return undefined;
    this.window.takeBack();
    const made = commitKeys({
      partition: this.partition,
      cursor,
      items,
      chains,
      gone,
      reach,
      retryDueMs: (attempt) => dueAfterAttempt(engine, reader.subscription, attempt),
      leaseUntilMs,
      nowMs: this.context.engine.clock.nowMs(),
      spansAtMost: engine.settings.parkedAtMost,
      nonce: () => engine.random.nonce(),
    });
    const [first] = items;
    if (!made && first && isOver(first)) this.block();
    this.#resolve(made);
    return made;
  }

  async #recordsOf(joining: readonly WindowItem[]): ReturnType<BusyKeys["recordsOf"]> {
    this.#isPlanning = true;
    try {
      return await this.busy.recordsOf(new Set(joining.map(({ hash }) => hash)));
    } finally {
      this.#isPlanning = false;
    }
  }

  #resolve(underWay: Commit | undefined): void {
    this.#unresolved = underWay;
    this.window.writes(underWay?.passed ?? 0);
  }

  /**
   * A conflict may come from this very write, if the response to an earlier attempt was lost. Or others have changed
   * the partition's records, which raises the cursor's version too: then it is planned anew. Only another owner moves
   * the head.
   */
  async #carryOut(made: Commit): Promise<"committed" | "changed" | "lost"> {
    const { engine, reader } = this.context;
    const { progress } = engine;
    const { next, move } = made;
    if ((await progress.move(reader.subscription, move)) === "moved") {
      const items = this.window.items.slice(0, made.passed);
      tellExpired(engine, reader, this.partition, move.expired);
      tellLeftOut(
        engine,
        reader,
        items.reduce((sum, { leftOut }) => sum + leftOut, 0),
      );
      this.#passOver(made, next);
      return "committed";
    }
    const before = this.busy.cursor;
    const stored = await progress.cursor(reader.subscription, this.partition);
    if (stored && mayBeFrom(stored, next)) {
      this.#passOver(made, stored);
      return "committed";
    }
    const planned = next.version - 1;
    if (stored && stored.version > planned && stored.epoch === before.epoch && stored.head === before.head) {
      this.busy.adopt(stored);
      this.window.changed();
      return "changed";
    }
    if ((stored?.version ?? 0) !== planned) return "lost";
    if (await this.#hasChangedRecords(move.put ?? [])) return "changed";
    throw new Conflict(`moving the head of partition ${this.partition}`);
  }

  /** Whether a record that the write joins is not what it was: then the write can never be carried out. */
  async #hasChangedRecords(put: NonNullable<Commit["move"]["put"]>): Promise<boolean> {
    const { engine, reader } = this.context;
    for (const record of put) {
      if (record.version === 1) continue;
      const stored = await engine.progress.get(reader.subscription, record.id);
      if (stored?.version !== record.version - 1) return true;
    }
    return false;
  }

  #passOver({ move, passed, leases }: Commit, cursor: Cursor): void {
    const items = this.window.items.slice(0, passed);
    this.busy.adopt(cursor);
    if (move.put && move.put.length > 0) this.hasLeftRecords = true;
    this.isBlocked = false;
    this.movedAtMs = this.context.engine.clock.nowMs();
    this.window.pass(passed);
    this.#resolve(undefined);
    this.told.passed(items.some(({ run }) => run !== undefined));
    for (const [batch, more] of leases) this.#leased(batch, more);
    this.window.takeBack();
  }

  #leased(batch: OwnedBatch, more: readonly Lease[]): void {
    batch.leases = [...batch.leases, ...more];
    if (batch.failed === undefined && !batch.isBack) return;
    this.told.overWithLease(batch);
    this.window.takeBackFreed(batch);
  }
}

/**
 * Whether the cursor is what this write made of it, or what others have since. Another owner that had the same in hand
 * may have moved the head as far: then what is open is in its records, and it has told what expired or was left out.
 */
const mayBeFrom = (stored: Cursor, next: Cursor): boolean =>
  stored.epoch === next.epoch &&
  stored.head === next.head &&
  (stored.version > next.version ||
    (stored.version === next.version && (stored.open ?? []).join() === (next.open ?? []).join()));
