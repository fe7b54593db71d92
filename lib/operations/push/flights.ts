import type { Kind } from "../../domain/turns.js";
import { type Straggler } from "../../domain/lane.js";
import { SluiceError } from "../../domain/errors.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Lease } from "../../domain/progress/records.js";
import { isTraced } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { Journal } from "../journal.js";
import type { Batch, LeasedBatch, OwnedBatch } from "./batch.js";
import { Breaker } from "./breaker.js";
import { type Delivered, failedEntries, isUntaken, withoutBlame } from "./delivered.js";
import { attemptsOf } from "./attempts.js";
import { deliver, handBack, settleDelivered } from "./delivery.js";
import { deliveryLeaseMs, overByMs } from "./delivery-lease.js";
import { extendLease } from "./extend-lease.js";
import { insist } from "./insist.js";
import { Signal } from "./signal.js";

const RENEW_EVERY_MS = 15_000;
/** A failed renewal is repeated this soon. */
const LOOK_EVERY_MS = 5_000;
/** Time kept for the last writes. */
const LAST_WRITES_MS = 4_000;

/** A delivery under way, until its outcome is written. */
interface Flight {
  readonly batch: Batch;
  readonly kind: Kind;
  readonly startedAtMs: number;
  readonly nth: number;
  /** Leases of other batches with the same messages, which share this outcome. */
  readonly adopted: Lease[];
  renewAtMs: number;
}

/**
 * All deliveries under way in one pump. They outlive the sessions that started them: a session that has to end puts
 * running deliveries under leases, which are renewed and settled here.
 */
export class Flights {
  readonly #flights = new Set<Flight>();
  /** By epoch and message: the delivery that has it. */
  readonly #byMessage = new Map<string, Flight>();
  readonly #counts = { due: 0, fresh: 0 };
  /** Calls of the target that have not ended. */
  #underWay = 0;
  /** Other work under way: leases to settle, takes to hand back. */
  #chores = 0;
  #isHealing = true;
  #broken: Error | undefined;
  /** Raised whenever a delivery or other work ends. */
  readonly signal: Signal;
  /** How the target of all these deliveries stands. */
  readonly breaker: Breaker;
  readonly #stop = new AbortController();
  readonly #journal: Journal;

  constructor(
    private readonly engine: Engine,
    private readonly deadlineMs: number,
  ) {
    this.#journal = new Journal(engine);
    this.signal = new Signal(engine.clock);
    this.breaker = new Breaker(engine);
  }

  get count(): number {
    return this.#flights.size;
  }

  /** Whether the last delivery of due messages succeeded. */
  get isHealing(): boolean {
    return this.#isHealing;
  }

  countOf(kind: Kind): number {
    return this.#counts[kind];
  }

  /**
   * Whether a handler is already working on messages of the batch, so that they are not delivered again. Leases whose
   * messages the handler all has share its outcome; otherwise they are handed back. Messages of another epoch do not
   * count: after a seek they come again, as asked.
   */
  takesOver(batch: LeasedBatch): boolean {
    const { epoch } = batch.reader.subscription;
    const flight = batch.handed
      .map(({ id }) => this.#byMessage.get(messageKey(epoch, id)))
      .find((one) => one !== undefined);
    if (!flight || batch.leases.some((lease) => lease.epoch !== epoch)) return false;
    const isWhole = batch.handed.every(({ id }) => this.#byMessage.get(messageKey(epoch, id)) === flight);
    if (!isWhole) this.handBack(batch);
    else {
      batch.free();
      flight.adopted.push(...batch.leases);
    }
    return true;
  }

  /**
   * Whether a handler is already working on messages of the partition from `head` on: whoever takes the partition there
   * would deliver them twice at once.
   */
  isAheadOf(head: Offset, partition: number, { epoch }: Subscription): boolean {
    return [...this.#flights].some(
      ({ batch: { handed, reader } }) =>
        reader.subscription.epoch === epoch &&
        handed.some((message) => message.partition === partition && message.offset >= head),
    );
  }

  /** Delivers the batch and, if it has leases, settles them. Calls `over` at the end. */
  start(batch: Batch, kind: Kind, over: () => void): void {
    const startedAtMs = this.engine.clock.nowMs();
    if (batch.kind === "owned") batch.isBack = false;
    const flight: Flight = {
      batch,
      kind,
      startedAtMs,
      nth: this.breaker.starts(),
      adopted: [],
      renewAtMs: startedAtMs + RENEW_EVERY_MS,
    };
    this.#add(flight);
    void this.#fly(flight)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#remove(flight);
        over();
        if (batch.kind === "owned" && !batch.isBack) batch.handed = [];
        this.signal.raise();
      });
  }

  #add(flight: Flight): void {
    const { handed, reader } = flight.batch;
    this.#flights.add(flight);
    this.#counts[flight.kind]++;
    for (const { id } of handed) this.#byMessage.set(messageKey(reader.subscription.epoch, id), flight);
  }

  #remove(flight: Flight): void {
    const { handed, reader } = flight.batch;
    this.#flights.delete(flight);
    this.#counts[flight.kind]--;
    for (const { id } of handed) {
      const key = messageKey(reader.subscription.epoch, id);
      if (this.#byMessage.get(key) === flight) this.#byMessage.delete(key);
    }
  }

  async #fly(flight: Flight): Promise<void> {
    const { batch, kind, adopted } = flight;
    this.#underWay++;
    const delivery = await deliver(this.engine, batch).finally(() => this.#underWay--);
    const { delivered, refusal } = delivery;
    if (isTraced(batch.reader.topic)) this.#tell(flight, delivered);
    this.breaker.delivered({
      nth: flight.nth,
      underWay: this.#underWay,
      ...(refusal ? { refusal } : {}),
    });
    if (kind === "due") this.#isHealing = delivered.size === 0;
    if (batch.kind === "owned") {
      batch.delivered = delivered;
      if (isUntaken(batch.handed, delivered) && batch.leases.length + adopted.length === 0) {
        // Its owner delivers it again, or leaves it to the next one.
        batch.isBack = true;
        return;
      }
      const [{ attempt } = { attempt: 1 }] = batch.handed;
      batch.failed = failedEntries(batch.entries, delivered, { atMs: this.engine.clock.nowMs(), attempt });
    }
    batch.free();
    await this.#settle(batch, delivered);
    while (adopted.length > 0)
      await this.#settle({ reader: batch.reader, leases: adopted.splice(0) }, withoutBlame(delivered));
  }

  #tell(flight: Flight, delivered: Delivered): void {
    const attempts = attemptsOf(flight, delivered, this.engine.clock.nowMs());
    const writing = this.#journal.note(flight.batch.reader, attempts);
    if (writing) this.track(writing);
  }

  /** For a batch that the head passed just as it ended: its new lease belongs to nobody else, so settles it here. */
  settleOver(batch: OwnedBatch): void {
    if (batch.isBack) batch.free();
    this.track(this.#settle(batch, batch.delivered ?? DONE));
  }

  /** Hands back messages that were taken but will not be delivered; whoever continues takes them again. */
  handBack({ reader, leases, free }: LeasedBatch): void {
    free();
    this.track(
      insist(this.engine, "handing back", this.deadlineMs, () => handBack(this.engine, reader, leases)),
    );
  }

  /** Makes the end of the pump wait for this, too. */
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

  /**
   * If the store fails, the messages come again when their lease runs out. Any other error is a bug and ends the pump.
   */
  #fail(error: unknown): void {
    if (!(error instanceof SluiceError))
      this.#broken ??= error instanceof Error ? error : new Error(String(error));
    this.engine.telemetry.event("delivery-not-settled", "error", { error: String(error) });
  }

  /** Renews the leases of running deliveries until `over` stops it. */
  async keepLeases(): Promise<void> {
    const { clock } = this.engine;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      for (const flight of this.#flights) if (flight.renewAtMs <= clock.nowMs()) void this.#renew(flight);
    }
  }

  async #renew(flight: Flight): Promise<void> {
    const { clock, telemetry } = this.engine;
    const { batch, adopted } = flight;
    const leases = [...batch.leases, ...adopted];
    try {
      const untilMs = this.#leaseUntilMs(flight);
      const { subscription } = batch.reader;
      await Promise.all(leases.map(({ id }) => extendLease(this.engine, subscription, id, untilMs)));
      if (leases.length > 0) flight.renewAtMs = clock.nowMs() + RENEW_EVERY_MS;
    } catch (error) {
      telemetry.event("lease-not-renewed", "warn", { error: String(error) });
    }
  }

  /**
   * The last renewal before the pump's time ends lasts until the handler must be over: nobody will renew it again, and
   * no second handler may start before.
   */
  #leaseUntilMs({ batch, startedAtMs }: Flight): number {
    const nowMs = this.engine.clock.nowMs();
    const untilMs = nowMs + deliveryLeaseMs(batch.reader.subscription);
    const isLast = this.deadlineMs - nowMs < 2 * RENEW_EVERY_MS;
    return isLast ? Math.max(untilMs, overByMs(startedAtMs)) : untilMs;
  }

  /** Those that are not deliveries of this pump. */
  othersOf(stragglers: readonly Straggler[]): readonly Straggler[] {
    const own = new Set([...this.#flights].flatMap(({ batch }) => batch.leases.map(({ id }) => id)));
    return stragglers.filter(({ leaseId }) => !own.has(leaseId));
  }

  /** The deliveries that a successor has to know about. */
  stragglers(): readonly Straggler[] {
    return [...this.#flights].flatMap(({ batch, startedAtMs }) => {
      // They are settled one after the other.
      const lease = batch.leases.at(-1);
      return lease ? [{ leaseId: lease.id, untilMs: overByMs(startedAtMs) }] : [];
    });
  }

  /**
   * Waits until everything is over, as long as there is time. Deliveries that are still running then have their leases.
   */
  async over(): Promise<void> {
    const { clock } = this.engine;
    const lastMs = this.deadlineMs - LAST_WRITES_MS;
    const isUnderWay = (): boolean => this.#flights.size + this.#chores > 0;
    while (isUnderWay() && clock.nowMs() < lastMs) await this.signal.wait(lastMs - clock.nowMs());
    await Promise.all([...this.#flights].map((flight) => this.#renew(flight)));
    await this.#journal.flush();
    this.#stop.abort();
    if (this.#broken !== undefined) throw this.#broken;
  }
}

const DONE: Delivered = new Map();

const messageKey = (epoch: number, id: string): string => `${epoch} ${id}`;
