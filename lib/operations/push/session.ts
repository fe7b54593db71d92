import { SluiceError } from "../../domain/errors.js";
import { laneConcurrency } from "../../domain/lane.js";
import { type Kind, nextTurn } from "../../domain/turns.js";
import type { Batch, LeasedBatch } from "./batch.js";
import { deliveryLeaseMs } from "./delivery-lease.js";
import { LeasedSupply } from "./leased-supply.js";
import type { LeftToWindow } from "./left-to-window.js";
import { NextLane } from "./next-lane.js";
import { OwnedSupply } from "./owned-supply.js";
import type { PumpEnd } from "./pump-end.js";
import type { SessionContext } from "./session-context.js";
import { type Supplies, suppliesFor } from "./session-supplies.js";
import { type Stay, WORTH_A_STAY_MS, stayFor, stayOfOrdered } from "./stay.js";
import type { CommittingSupply, Supply } from "./supply.js";

const COMMIT_EVERY_MS = 1_000;
/** Time for the last commits after the lane was lost: they succeed at once or not at all. */
const LAST_COMMITS_MS = 5_000;

/**
 * Messages that a running look brings within this time are still delivered: handing them back would count an attempt
 * that they never had. A pause is still obeyed within five seconds.
 */
const LATE_STARTS_MS = 1_500;
/** Of every other probe: so long it waits for a new message, where there may be one. */
const PROBES_NEW_FOR_MS = 5_000;
const KINDS: readonly Kind[] = ["due", "fresh"];

/**
 * One pump's work from taking its lane to the last commit. Deliveries that are still running then continue in the
 * pump's flights.
 */
export class Session {
  readonly #supplies: Supplies;
  readonly #own = new Set<Batch>();
  readonly #width: number;
  readonly #nextLane: NextLane;
  #commitAtMs: number;
  #last: Kind = "fresh";
  /** Until then a probe is a new message, if there is one. */
  #freshUntilMs = 0;
  /** Whether everything was looked at again since the last delivery. */
  #hasLooked = true;
  /** Whether nothing came but what is new, in one delivery: then the look after the release is enough. */
  #isLone: boolean;
  readonly #stay: Stay;
  #broken: Error | undefined;
  #started = 0;
  /** Set as it ends with nothing to do before the end of a batch window. */
  left: LeftToWindow | undefined;

  constructor(private readonly context: SessionContext) {
    const { reader, lane, engine } = context;
    const { laneWidth } = engine.settings;
    this.#width = laneConcurrency(reader, lane, laneWidth);
    this.#nextLane = new NextLane(context, this.#width, (what, error) => this.#fail(what, error));
    this.#commitAtMs = this.#nowMs() + COMMIT_EVERY_MS;
    const { gapMs } = context.hints;
    const ordered = stayOfOrdered(reader, gapMs, this.#nowMs());
    const owner = { width: this.#width, ...ordered?.heard(() => this.#nowMs()) };
    this.#supplies = suppliesFor(context, owner, (what, error) => this.#fail(what, error));
    this.#stay = ordered ?? stayFor(reader, this.#owned ? gapMs : undefined, this.#nowMs());
    this.#isLone = this.#owned !== undefined && context.hints.news !== undefined;
    // What is due and what is new each have every other probe.
    const { isProbing, asleep } = context.flights.breaker;
    if (isProbing && (asleep?.pauses ?? 0) % 2 === 0) this.#freshUntilMs = this.#nowMs() + PROBES_NEW_FOR_MS;
  }

  /** The number of deliveries started. */
  get started(): number {
    return this.#started;
  }

  /** Whether a commit succeeded, which shows that the session survives what killed the owners before it. */
  get isProven(): boolean {
    return !this.#committing.isCareful;
  }

  /** Whether nothing is left to do of what this session can know, if nobody knocked at its lane. */
  get isOver(): boolean {
    const { hints, deaths, flights, keeper } = this.context;
    if (flights.breaker.isProbing || !hints.news || deaths > 0 || flights.count + keeper.taken > 0)
      return false;
    return this.#owned?.hasConsumed(hints.news) ?? false;
  }

  get #owned(): OwnedSupply | undefined {
    const { fresh } = this.#supplies;
    return fresh instanceof OwnedSupply ? fresh : undefined;
  }

  get #committing(): CommittingSupply {
    return this.#supplies.fresh;
  }

  async run(): Promise<PumpEnd> {
    for (;;) {
      const ended = this.#reasonToEnd();
      if (ended) return await this.#end(ended);
      this.#fill();
      this.#nextLane.startIfWanted(this.#supplies);
      this.#commitIfDue();
      if (this.#stays || !this.#isIdle())
        await this.context.flights.signal.wait(this.#nextAtMs() - this.#nowMs());
      else if (this.#hasLooked || this.#isLone) {
        const { breaker } = this.context.flights;
        breaker.caughtUp();
        this.left = this.#owned?.left;
        return await this.#end(breaker.ended ?? "caught-up");
      } else this.#lookAnew();
    }
  }

  get #stays(): boolean {
    const nowMs = this.#nowMs();
    return nowMs < this.#stay.untilMs || this.#windowEndMs - nowMs <= WORTH_A_STAY_MS;
  }

  /** When the first of what waits for more messages goes; Infinity if nothing does. */
  get #windowEndMs(): number {
    return this.#owned?.left?.untilMs ?? Infinity;
  }

  #reasonToEnd(): PumpEnd | undefined {
    const { keeper, drainAtMs, flights } = this.context;
    if (keeper.ended) return keeper.ended;
    if (this.#broken !== undefined) return "lane-lost";
    if (flights.breaker.ended) return flights.breaker.ended;
    return this.#nowMs() >= drainAtMs ? "out-of-time" : undefined;
  }

  #fill(): void {
    this.#startTaken();
    for (let kind = this.#nextKind(); kind; kind = this.#nextKind()) {
      const supply: Supply = this.#supplies[kind];
      const batch = supply.take();
      if (batch) this.#start(batch, kind);
      else supply.look();
    }
  }

  /** Starts what the looks have brought; room was kept for it. */
  #startTaken(): void {
    for (const kind of KINDS) {
      const supply = this.#supplies[kind];
      if (!(supply instanceof LeasedSupply)) continue;
      for (let batch = supply.take(); batch; batch = supply.take()) this.#start(batch, kind);
    }
  }

  #nextKind(): Kind | undefined {
    const { flights, keeper } = this.context;
    const share = (kind: Kind) => {
      const supply: Supply = this.#supplies[kind];
      const atWork = flights.countOf(kind) + supply.expected;
      const isKept = kind === "due" && this.#nowMs() < this.#freshUntilMs && !this.#supplies.fresh.isDry;
      return { atWork, waits: !supply.isDry, canStart: supply.canStart && !isKept };
    };
    const careful = this.#committing.isCareful ? 1 : Infinity;
    const width = Math.min(careful, this.#width - keeper.taken, flights.breaker.width);
    return nextTurn({
      width,
      due: share("due"),
      fresh: share("fresh"),
      last: this.#last,
      isHealing: flights.isHealing,
    });
  }

  #start(batch: Batch, kind: Kind): void {
    const { flights, pacing } = this.context;
    if (batch.kind === "leased") pacing.release();
    if (batch.kind === "leased" || this.#started > 0) this.#isLone = false;
    if (batch.kind === "leased") {
      this.#owned?.notice(batch.handed);
      // A late owner may have put messages among the due ones that are still being delivered from ahead of the head.
      if (flights.takesOver(batch)) return;
    }
    if (kind === "fresh" && this.context.reader.topic.ordering === "none") this.#stay.comes(this.#nowMs());
    if (this.#owned && this.#stays) this.#owned.pollUpToMs = this.#stay.pollUpToMs;
    pacing.starts(batch.handed.length);
    this.#own.add(batch);
    this.#last = kind;
    this.#hasLooked = false;
    this.#nextLane.moved();
    this.#started++;
    flights.start(batch, kind, () => {
      this.#own.delete(batch);
      if (this.context.reader.topic.ordering === "key") this.#release(batch);
    });
  }

  /** What waited behind the messages of its leases may be free now, or due. */
  #release({ leases, handed: [first] }: Batch): void {
    if (first) this.#owned?.over(first.partition);
    for (const { partition } of leases) this.#owned?.released(partition);
    if (leases.length > 0) this.#supplies.due.expect(this.#nowMs());
  }

  #commitIfDue(): void {
    const owned = this.#committing;
    const isQuiet = this.#own.size === 0 && !this.#stays;
    if (!isQuiet && !owned.isCareful && this.#nowMs() < this.#commitAtMs && !owned.isCrowded) return;
    this.#commitAtMs = this.#nowMs() + COMMIT_EVERY_MS;
    const isAll = isQuiet && (this.#isLone || this.#isDry);
    owned.commit(this.#nowMs() + deliveryLeaseMs(this.context.reader.subscription), isAll);
  }

  get #isDry(): boolean {
    const { due, fresh } = this.#supplies;
    return due.isDry && fresh.isDry && due.expected + fresh.expected === 0;
  }

  #isIdle(): boolean {
    return this.#isDry && this.#own.size === 0 && !this.#committing.hasUncommitted;
  }

  #lookAnew(): void {
    this.#hasLooked = true;
    for (const kind of KINDS) this.#supplies[kind].lookAnew();
  }

  /** When there is something to do even if nothing happens before. */
  #nextAtMs(): number {
    const { due, fresh } = this.#supplies;
    const commitAtMs = this.#committing.hasUncommitted ? this.#commitAtMs : Infinity;
    const looks = [due, fresh].map(({ lookAtMs }) => lookAtMs).filter((atMs) => atMs > this.#nowMs());
    const laterOf = (atMs: number): number => (atMs > this.#nowMs() ? atMs : Infinity);
    const stayAtMs = laterOf(this.#stay.untilMs);
    const triesAtMs = laterOf(this.context.flights.breaker.tryAtMs);
    const paceAtMs = laterOf(this.context.pacing.nextAtMs);
    const otherMs = [this.#windowEndMs, triesAtMs, paceAtMs];
    return Math.min(this.context.drainAtMs, commitAtMs, stayAtMs, ...otherMs, ...looks);
  }

  async #end(ended: PumpEnd): Promise<PumpEnd> {
    const { flights, keeper } = this.context;
    const untilMs = this.#nowMs() + LATE_STARTS_MS;
    // The lane may be lost while a look still runs.
    const isStarted = (): boolean => ended !== "asleep" && ![ended, keeper.ended].includes("lane-lost");
    const closing: Promise<void>[] = [];
    for (const kind of KINDS) {
      const supply = this.#supplies[kind];
      if (!(supply instanceof LeasedSupply)) continue;
      const late = (batch: LeasedBatch): void => {
        if (isStarted() && this.#nowMs() < untilMs) this.#start(batch, kind);
        else flights.handBack(batch);
      };
      closing.push(supply.close(late));
    }
    for (const closed of closing) flights.track(closed);
    // The lane's next owner has to know of all deliveries: those that a look still brings start before the release.
    if (ended !== "lane-lost") await this.#over(closing, LATE_STARTS_MS);
    await this.#commitAll(ended);
    if (this.#broken !== undefined) throw this.#broken;
    return ended;
  }

  async #over(work: readonly Promise<void>[], atMostMs: number): Promise<void> {
    const enough = new AbortController();
    await Promise.race([Promise.all(work), this.context.engine.clock.sleep(atMostMs, enough.signal)]);
    enough.abort();
  }

  async #commitAll(ended: PumpEnd): Promise<void> {
    const { reader, deadlineMs } = this.context;
    const soonMs = this.#nowMs() + LAST_COMMITS_MS;
    const untilMs = ended === "lane-lost" ? Math.min(soonMs, deadlineMs) : deadlineMs;
    await this.#committing.close(deliveryLeaseMs(reader.subscription), untilMs);
  }

  /** A call that failed in the store is repeated later. Any other error is a bug and ends the session. */
  #fail(what: string, error: unknown): void {
    if (error instanceof SluiceError) {
      this.context.engine.telemetry.event("pump-call-failed", "warn", { what, error: String(error) });
      return;
    }
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
    this.context.flights.signal.raise();
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}
