import { Conflict } from "../../domain/errors.js";
import { dueAfterAttempt } from "../backing-off.js";
import { LEAST_RETRY_DELAY_MS } from "../../domain/moves/after-failure.js";
import { type BlockCommit, commitBlock } from "../../domain/moves/block.js";
import { type Due, type Lease, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { type OwnedBatch, runEntries } from "./batch.js";
import { ReadAhead } from "./read-ahead.js";
import type { SupplyContext } from "./supply.js";

/** What goes back is divided, so that several looks can take it at once; well within one write. */
const RETRIES_AT_MOST = 32;

/**
 * Messages of one partition that a lane has taken together, under one lease, and hands out from memory. The lease's
 * version keeps a late owner from undoing what came after its deadline.
 */
export class Block {
  #batches: OwnedBatch[] = [];
  readonly #buffer: ReadAhead;
  /** A write that may or may not have been carried out. Only the same write may be tried again. */
  #unresolved: BlockCommit<OwnedBatch> | undefined;
  /** What it gives back of that which its target did not take. */
  #givenBack: readonly OwnedBatch[] = [];
  #isLost = false;
  /** When something was handed out last. */
  #takenAtMs: number;

  constructor(
    private readonly context: SupplyContext,
    private lease: Lease,
    placed: readonly PlacedMessage[],
    /** Called for a batch that got a lease although it was already over. */
    private readonly overWithLease: (batch: OwnedBatch) => void,
  ) {
    this.#buffer = new ReadAhead(context);
    this.#buffer.fill(placed);
    this.#takenAtMs = context.engine.clock.nowMs();
  }

  /** Whether a batch can be handed out: not once somebody else may have taken the block. */
  get hasNext(): boolean {
    return this.#hasWaiting && !this.#unresolved?.isGivenBack && this.#nowMs() < this.lease.dueMs;
  }

  get waiting(): number {
    return this.#back.reduce((sum, { entries }) => sum + entries.length, this.#buffer.count);
  }

  /** What its target did not take. */
  get #back(): readonly OwnedBatch[] {
    return this.#batches.filter(({ isBack }) => isBack);
  }

  get #hasWaiting(): boolean {
    return !this.#buffer.isEmpty || this.#batches.some(({ isBack }) => isBack);
  }

  /** Whether there is nothing left to hand out or to write. */
  get isOver(): boolean {
    return this.#isLost || (this.#buffer.isEmpty && this.#batches.length === 0 && !this.#unresolved);
  }

  get dueMs(): number {
    return this.lease.dueMs;
  }

  get hasUncommitted(): boolean {
    return this.#unresolved !== undefined || this.#batches.some(({ failed }) => failed !== undefined);
  }

  /** Since when it has waited with something to hand out. */
  get waitsSinceMs(): number {
    return this.#hasWaiting ? this.#takenAtMs : Infinity;
  }

  take(): OwnedBatch {
    this.#takenAtMs = this.#nowMs();
    const [again] = this.#back;
    if (again) return again;
    const batch = this.#buffer.next(1);
    this.#batches.push(batch);
    return batch;
  }

  /**
   * Writes what is over, and moves the deadline. One commit at a time.
   * @throws the store's error: the next call finds out whether the write was carried out.
   */
  async commit(leaseUntilMs: number): Promise<"committed" | "lost"> {
    return await this.#carryOut(this.#unresolved ?? this.#plan(leaseUntilMs, { ends: false, isBack: false }));
  }

  /** The same, and what was not handed out goes back, for others to take. */
  async giveBack(leaseUntilMs: number): Promise<"committed" | "lost"> {
    return await this.#carryOut(this.#unresolved ?? this.#plan(leaseUntilMs, { ends: false, isBack: true }));
  }

  /** Ends it: running deliveries go on under leases of their own, and what was not handed out goes back. */
  async end(leaseUntilMs: number): Promise<"committed" | "lost"> {
    let outcome: "committed" | "lost" = "committed";
    while (!this.isOver && outcome === "committed")
      outcome = await this.#carryOut(
        this.#unresolved ?? this.#plan(leaseUntilMs, { ends: true, isBack: true }),
      );
    return outcome;
  }

  #plan(
    leaseUntilMs: number,
    { ends, isBack }: { readonly ends: boolean; readonly isBack: boolean },
  ): BlockCommit<OwnedBatch> {
    const { engine, reader } = this.context;
    const nowMs = this.#nowMs();
    if (isBack) this.#givenBack = this.#back;
    return commitBlock({
      block: this.lease,
      runs: this.#batches.filter((batch) => !batch.isBack),
      rest: [...this.#back.flatMap(({ entries }) => entries), ...runEntries(this.#buffer.rest())],
      retryDueMs: dueAfterAttempt(engine, reader.subscription, 1),
      leaseUntilMs,
      ends,
      ...(isBack ? { back: { dueMs: nowMs + LEAST_RETRY_DELAY_MS, retries: RETRIES_AT_MOST } } : {}),
      nonce: () => engine.random.nonce(),
    });
  }

  async #carryOut(made: BlockCommit<OwnedBatch>): Promise<"committed" | "lost"> {
    this.#unresolved = made;
    const outcome = await this.#write(made);
    this.#unresolved = undefined;
    if (outcome === "lost") this.drop();
    else this.#passOver(made);
    return outcome;
  }

  /**
   * A conflict may come from this very write, if the response to an earlier attempt was lost. Once the block is gone,
   * it makes no difference who removed it: nothing of it is this lane's any more.
   */
  async #write({ move, next }: BlockCommit): Promise<"committed" | "lost"> {
    const { engine, reader } = this.context;
    if ((await engine.progress.move(reader.subscription, move)) === "moved") return "committed";
    const stored = await engine.progress.get(reader.subscription, this.lease.id);
    if (isThisWrite(stored, next)) return "committed";
    if (stored?.version !== this.lease.version) return "lost";
    throw new Conflict(`writing a block of partition ${this.lease.partition}`);
  }

  #passOver({ next, left, leases, isGivenBack }: BlockCommit<OwnedBatch>): void {
    const gone = new Set(left);
    this.#batches = this.#batches.filter((batch) => !gone.has(batch));
    if (next) this.lease = next;
    if (isGivenBack) this.#dropWaiting(this.#givenBack);
    for (const [batch, lease] of leases) {
      batch.leases = [lease];
      if (batch.failed !== undefined || batch.isBack) this.overWithLease(batch);
    }
  }

  #dropWaiting(back: readonly OwnedBatch[]): void {
    const gone = new Set(back);
    for (const batch of back) batch.free();
    this.#batches = this.#batches.filter((batch) => !gone.has(batch));
    this.#buffer.drop();
  }

  /** Hands out nothing more: another consumer has it by now. */
  drop(): void {
    this.#isLost = true;
    this.#dropWaiting(this.#back);
    this.#batches = [];
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}

/** Another process, such as an operator's, may have written the next version: then it is none of this lane's. */
const isThisWrite = (stored: Due | undefined, next: Lease | undefined): boolean =>
  stored?.version === next?.version &&
  stored?.dueMs === next?.dueMs &&
  spanLength(openSpans(stored ?? NOTHING)) === spanLength(openSpans(next ?? NOTHING));

const NOTHING = { spans: [], done: [] };
