import type { Kind } from "../../domain/turns.js";
import { type Straggler } from "../../domain/lane.js";
import { SluiceError } from "../../domain/errors.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Lease } from "../../domain/progress/records.js";
import type { Engine } from "../engine.js";
import type { Batch, LeasedBatch, OwnedBatch } from "./batch.js";
import { type Delivered, deliver, handBack, settleDelivered } from "./delivery.js";
import { insist } from "./insist.js";
import { Signal } from "./signal.js";

/** The longest that a subscriber's function runs. */
const HANDLER_AT_MOST_MS = 900_000;
/** By how much the clocks of two pumps may differ. */
const CLOCKS_APART_MS = 60_000;
/** A lease outlives two renewals that go wrong. */
const LEASE_AT_LEAST_MS = 60_000;
const RENEW_EVERY_MS = 15_000;
/** What could not be renewed is tried again sooner. */
const LOOK_EVERY_MS = 5_000;
/** Left for the last writes once the time is up. */
const LAST_WRITES_MS = 4_000;

/**
 * How long a lease protects a delivery without a renewal: what the subscription gives a consumer, so that a handler
 * that keeps to it is not doubled even where its pump dies.
 */
export const deliveryLeaseMs = ({ ackDeadlineSeconds }: Subscription): number =>
  Math.min(HANDLER_AT_MOST_MS + CLOCKS_APART_MS, Math.max(LEASE_AT_LEAST_MS, ackDeadlineSeconds * 1_000));

/** A delivery under way, until its outcome is written down. */
interface Flight {
  readonly batch: Batch;
  readonly kind: Kind;
  readonly startedAtMs: number;
  /** Of another batch with the same messages, whose outcome this one is. */
  readonly adopted: Lease[];
  renewAtMs: number;
}

/**
 * All deliveries under way of one pump. They outlive the sessions that started them: a session that has to end leaves
 * what is at work under leases, which are renewed here, and settled as their handlers end.
 */
export class Flights {
  readonly #flights = new Set<Flight>();
  /** What else is under way: leases to settle, takes to hand back. */
  #chores = 0;
  #isHealing = true;
  #broken: Error | undefined;
  /** Raised whenever one of them is over. */
  readonly signal: Signal;
  readonly #stop = new AbortController();

  constructor(
    private readonly engine: Engine,
    private readonly deadlineMs: number,
  ) {
    this.signal = new Signal(engine.clock);
  }

  get count(): number {
    return this.#flights.size;
  }

  /** Whether what was due came through when it was delivered last. */
  get isHealing(): boolean {
    return this.#isHealing;
  }

  countOf(kind: Kind): number {
    return [...this.#flights].filter((flight) => flight.kind === kind).length;
  }

  /**
   * Whether a handler is at work on messages of the batch already: then they are not delivered once more. Its leases
   * share the outcome, or are handed back where the handler has only some of them. What was sought since is another
   * matter: it comes again, as it was asked to.
   */
  takesOver(batch: LeasedBatch): boolean {
    const ids = new Set(batch.handed.map(({ id }) => id));
    const { epoch } = batch.reader.subscription;
    const flight = [...this.#flights].find(
      (one) =>
        one.batch.reader.subscription.epoch === epoch && one.batch.handed.some(({ id }) => ids.has(id)),
    );
    if (!flight || batch.leases.some((lease) => lease.epoch !== epoch)) return false;
    for (const { id } of flight.batch.handed) ids.delete(id);
    if (ids.size > 0) this.handBack(batch);
    else {
      batch.free();
      flight.adopted.push(...batch.leases);
    }
    return true;
  }

  /** Delivers the batch, and writes down what became of it where a lease stands behind it. `over`: then it is. */
  start(batch: Batch, kind: Kind, over: () => void): void {
    const startedAtMs = this.engine.clock.nowMs();
    const flight: Flight = {
      batch,
      kind,
      startedAtMs,
      adopted: [],
      renewAtMs: startedAtMs + RENEW_EVERY_MS,
    };
    this.#flights.add(flight);
    void this.#fly(flight)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#flights.delete(flight);
        over();
        this.signal.raise();
      });
  }

  async #fly({ batch, kind, adopted }: Flight): Promise<void> {
    const delivered = await deliver(this.engine, batch);
    batch.free();
    if (kind === "due") this.#isHealing = delivered.failed.size === 0;
    if (batch.kind === "owned")
      batch.failed = batch.entries.filter(({ offset }) => delivered.failed.has(offset));
    await this.#settle(batch, delivered);
    while (adopted.length > 0)
      await this.#settle({ reader: batch.reader, leases: adopted.splice(0) }, delivered);
  }

  /** The head went on without this one, which is over already: its lease belongs to nobody else. */
  settleOver(batch: OwnedBatch): void {
    const failed = new Set((batch.failed ?? []).map(({ offset }) => offset));
    this.track(this.#settle(batch, { failed }));
  }

  /** What was taken, and is not delivered any more: whoever goes on takes it anew. */
  handBack({ reader, leases, free }: LeasedBatch): void {
    free();
    this.track(
      insist(this.engine, "handing back", this.deadlineMs, () => handBack(this.engine, reader, leases)),
    );
  }

  /** The pump's end waits for this too. */
  track(chore: Promise<void>): void {
    this.#chores++;
    void chore
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#chores--;
        this.signal.raise();
      });
  }

  async #settle({ reader, leases }: Pick<Batch, "reader" | "leases">, delivered: Delivered): Promise<void> {
    if (leases.length === 0) return;
    await insist(this.engine, "settling", this.deadlineMs, () =>
      settleDelivered(this.engine, reader, leases, delivered),
    );
  }

  /** What a store cannot do comes again when its lease runs out; anything else is a bug, which ends the pump. */
  #fail(error: unknown): void {
    if (!(error instanceof SluiceError))
      this.#broken ??= error instanceof Error ? error : new Error(String(error));
    this.engine.telemetry.event("delivery-not-settled", "error", { error: String(error) });
  }

  /** Keeps the leases of what is at work until `stop`. */
  async keepLeases(): Promise<void> {
    const { clock } = this.engine;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      for (const flight of this.#flights) if (flight.renewAtMs <= clock.nowMs()) void this.#renew(flight);
    }
  }

  async #renew(flight: Flight): Promise<void> {
    const { progress, clock, telemetry } = this.engine;
    const { batch, adopted } = flight;
    const leases = [...batch.leases, ...adopted];
    try {
      const untilMs = this.#leaseUntilMs(flight);
      const { subscription } = batch.reader;
      await Promise.all(leases.map(({ id }) => progress.extend(subscription, id, untilMs)));
      if (leases.length > 0) flight.renewAtMs = clock.nowMs() + RENEW_EVERY_MS;
    } catch (error) {
      telemetry.event("lease-not-renewed", "warn", { error: String(error) });
    }
  }

  /**
   * Shortly before the pump's time ends, a lease gets the time by which its handler must be over: until then no second
   * one starts, though nobody is left to renew it.
   */
  #leaseUntilMs({ batch, startedAtMs }: Flight): number {
    const nowMs = this.engine.clock.nowMs();
    const untilMs = nowMs + deliveryLeaseMs(batch.reader.subscription);
    const isLast = this.deadlineMs - nowMs < 2 * RENEW_EVERY_MS;
    return isLast ? Math.max(untilMs, overByMs(startedAtMs)) : untilMs;
  }

  /** Whether that lease stands behind one of them. */
  has(leaseId: string): boolean {
    return [...this.#flights].some(({ batch }) => batch.leases.some(({ id }) => id === leaseId));
  }

  /** What of it a successor has to know of. */
  stragglers(): readonly Straggler[] {
    return [...this.#flights].flatMap(({ batch, startedAtMs }) => {
      const [lease] = batch.leases;
      return lease ? [{ leaseId: lease.id, untilMs: overByMs(startedAtMs) }] : [];
    });
  }

  /** Waits until all is over, as long as there is time; what is not by then has its lease. */
  async over(): Promise<void> {
    const { clock } = this.engine;
    const lastMs = this.deadlineMs - LAST_WRITES_MS;
    const isUnderWay = (): boolean => this.#flights.size + this.#chores > 0;
    while (isUnderWay() && clock.nowMs() < lastMs) await this.signal.wait(lastMs - clock.nowMs());
    await Promise.all([...this.#flights].map((flight) => this.#renew(flight)));
    this.#stop.abort();
    if (this.#broken !== undefined) throw this.#broken;
  }
}

const overByMs = (startedAtMs: number): number => startedAtMs + HANDLER_AT_MOST_MS + CLOCKS_APART_MS;
