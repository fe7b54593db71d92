import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { parseMessageId } from "../../../lib/domain/message-id.js";
import type { Lease } from "../../../lib/domain/progress/records.js";
import type { Finished } from "../../../lib/domain/ports/progress-store.js";
import type { Offset } from "../../../lib/domain/slot.js";
import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { PartitionRef, Topic, TopicRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { AtomicChecker } from "./atomic-checker.js";
import { AttemptChecker } from "./attempt-checker.js";
import { BreakerChecker } from "./breaker-checker.js";
import { ClockChecker } from "./clock-checker.js";
import { CostChecker } from "./cost-checker.js";
import { DedupChecker } from "./dedup-checker.js";
import { DelayedChecker } from "./delayed-checker.js";
import { DeliveryChecker } from "./delivery-checker.js";
import { FreeKeyChecker } from "./free-key-checker.js";
import { FairnessChecker } from "./fairness-checker.js";
import { GoneChecker } from "./gone-checker.js";
import { HoldChecker } from "./hold-checker.js";
import { HandlerChecker } from "./handler-checker.js";
import { JournalChecker } from "./journal-checker.js";
import { LaneChecker, type Pump } from "./lane-checker.js";
import { LifeChecker } from "./life-checker.js";
import { ListChecker } from "./list-checker.js";
import { LogChecker } from "./log-checker.js";
import type { Logged } from "./partition-log.js";
import { OperatorChecker } from "./operator-checker.js";
import { isCreated, moveOf } from "./outcomes.js";
import { PauseChecker } from "./pause-checker.js";
import { MarkChecker } from "./mark-checker.js";
import { PublishOrder } from "./publish-order.js";
import { PlaceChecker } from "./place-checker.js";
import { RateChecker } from "./rate-checker.js";
import { RedriveChecker } from "./redrive-checker.js";
import { ReadingChecker } from "./reading-checker.js";
import { RetryChecker } from "./retry-checker.js";
import { ScheduleChecker } from "./schedule-checker.js";
import { SchemaChecker } from "./schema-checker.js";
import { SecretsChecker } from "./secrets-checker.js";
import { SeekChecker } from "./seek-checker.js";
import { SweepChecker } from "./sweep-checker.js";
import { type Mover, type Watched, forgetLeases, forgetMessage } from "./watched.js";
import type { AppendOutcome } from "../../../lib/domain/append-outcome.js";
import { idsIn } from "./messages-in.js";

const FORGET_EVERY_MS = 60_000;
/** Whoever polls judges by another filter at the latest by then. */
const FILTER_HEARD_OF_MS = 10_000;
/** Longer than any consumer sits on what it got. */
const LEASES_KNOWN_MS = 2 * 3_600_000;

/** Watches every call that reaches a store, and holds the stores to the promises. */
export class Monitor {
  readonly log: LogChecker;
  readonly places: PlaceChecker;
  readonly deliveries: DeliveryChecker;
  readonly seeks: SeekChecker;
  readonly sweeps: SweepChecker;
  readonly attempts: AttemptChecker;
  readonly retries: RetryChecker;
  readonly rates: RateChecker;
  readonly pauses: PauseChecker;
  readonly breakers: BreakerChecker;
  readonly gone: GoneChecker;
  readonly secrets: SecretsChecker;
  readonly lives: LifeChecker;
  readonly lists: ListChecker;
  readonly lanes: LaneChecker;
  readonly fairness: FairnessChecker;
  readonly keys: FreeKeyChecker;
  readonly holds: HoldChecker;
  readonly marks: MarkChecker;
  readonly clocks: ClockChecker;
  readonly handlers: HandlerChecker;
  readonly operators: OperatorChecker;
  readonly redrives: RedriveChecker;
  readonly readings: ReadingChecker;
  readonly delayed: DelayedChecker;
  readonly schedules: ScheduleChecker;
  readonly dedup: DedupChecker;
  readonly atomic: AtomicChecker;
  readonly schemas: SchemaChecker;
  readonly journals: JournalChecker;
  readonly cost = new CostChecker();
  readonly topics = new Map<string, Topic>();
  /** Messages that ended unread, by subscription: they expired before anybody said that they are done. */
  readonly expired = new Map<string, number>();
  readonly #publishOrder: PublishOrder;
  readonly #others: readonly { after(call: Call, outcome: unknown): void }[];
  #forgotAtMs = 0;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    inlineLimitBytes: number,
    goneForMs: number,
  ) {
    const isOrdered = (uid: string) => this.topics.get(uid)?.ordering === "key";
    this.log = new LogChecker(world, storage, isOrdered, inlineLimitBytes);
    this.attempts = new AttemptChecker(
      world,
      ({ topic }) =>
        (partition, from, to) =>
          this.log.of({ topic, partition }).between(from, to),
    );
    this.delayed = new DelayedChecker(world, storage, this.log, (topic) => this.isLive(topic));
    this.schedules = new ScheduleChecker(world, storage, this.log, (topic) => this.isLive(topic));
    this.dedup = new DedupChecker(world, storage, this.topics);
    this.atomic = new AtomicChecker(world, storage);
    this.schemas = new SchemaChecker(world, storage);
    this.journals = new JournalChecker(world);
    this.#publishOrder = new PublishOrder(world);
    this.readings = new ReadingChecker(world, this.log);
    this.pauses = new PauseChecker(world);
    this.breakers = new BreakerChecker(world);
    this.gone = new GoneChecker(world, goneForMs);
    this.secrets = new SecretsChecker(world, (who) => this.pauses.troubledUntilMs(who));
    this.lives = new LifeChecker(world);
    this.lanes = new LaneChecker(world);
    this.rates = new RateChecker(world);
    this.retries = new RetryChecker(world, this.log);
    this.places = new PlaceChecker(world, storage, this.log, this.attempts, this.retries);
    this.seeks = new SeekChecker(world, this.log);
    this.sweeps = new SweepChecker(world);
    this.fairness = new FairnessChecker(world, this);
    this.keys = new FreeKeyChecker(world, storage, this);
    this.marks = new MarkChecker(world, storage, this);
    this.clocks = new ClockChecker(world, storage, () => this.deliveries.calm.size > 0);
    this.holds = new HoldChecker(world, storage, this.places, this.pauses);
    this.deliveries = new DeliveryChecker(world, this, isOrdered);
    this.handlers = new HandlerChecker(world, this.places, isOrdered);
    this.redrives = new RedriveChecker(world, storage, (ref) => this.places.of(ref)?.isDeleted === false);
    this.operators = new OperatorChecker(world, this.places, this.deliveries);
    this.lists = new ListChecker(world, storage, this);
    const { gone, secrets, lives, delayed, schedules, dedup, atomic, schemas, lists, journals, holds } = this;
    this.#others = [gone, secrets, lives, delayed, schedules, dedup, atomic, schemas, lists, journals, holds];
  }

  before({ port, method, args }: Call): void {
    if (port !== "progress") return;
    const move = moveOf(method, args);
    if (move) this.places.beforeMove(args[0] as SubscriptionRef, move);
    if (method === "finish" || method === "finishTogether")
      this.places.beforeFinish(args[0] as SubscriptionRef, [args[1] as string | readonly string[]].flat());
  }

  /** A process was told what became of its call to the locks. */
  heard(who: Pump, call: Call, outcome: unknown): void {
    this.lanes.answered(who, call, outcome);
    this.attempts.answered(who.name, call, outcome);
  }

  after(who: Mover, call: Call, outcome: unknown): void {
    this.cost.after(call, outcome);
    this.sweeps.after(who.name, call, outcome);
    this.attempts.after(call, outcome);
    this.deliveries.orders.after(call, outcome);
    this.deliveries.windows.after(call, outcome);
    this.pauses.after(who.name, call, outcome);
    this.marks.after(who.name, call, outcome);
    this.clocks.after(who.name, call);
    this.redrives.after(who.name, call, outcome);
    for (const checker of this.#others) checker.after(call, outcome);
    const { port, method, args } = call;
    if (port === "log" && method === "append")
      this.schedules.appended(who, call, this.delayed.appended(who, call, outcome as AppendOutcome));
    else if (port === "topics" && (outcome === "updated" || isCreated(outcome)))
      this.#known(args[0] as Topic);
    else if (port === "subscriptions") this.#afterSubscription(method, args[0], outcome);
    else if (port === "progress") this.#afterProgress(who, method, args, outcome);
    this.#forgetNowAndThen();
  }

  #known(topic: Topic): void {
    this.topics.set(topic.uid, topic);
    this.log.retains(topic);
  }

  #afterSubscription(method: string, argument: unknown, outcome: unknown): void {
    if (method === "create" && isCreated(outcome)) this.places.created(argument as Subscription);
    else if (method === "update" && outcome === "updated") {
      if (this.places.changed(argument as Subscription)) this.deliveries.sought();
    } else if (method === "delete") {
      const watched = this.places.of(argument as SubscriptionRef);
      if (watched) watched.isDeleted = true;
    }
  }

  #afterProgress(who: Mover, method: string, args: readonly unknown[], outcome: unknown): void {
    const ref = args[0] as SubscriptionRef;
    const move = moveOf(method, args);
    if (move && outcome !== "conflict") this.places.moved(who, ref, move);
    if (move && outcome !== "conflict") this.retries.moved(this.places.of(ref), move.put ?? []);
    if (move && outcome !== "conflict") this.keys.moved(ref, move.put);
    if (move && outcome !== "conflict") this.holds.moved(who.name, ref, move);
    if (method === "finish" || method === "finishTogether")
      this.places.finished(who.name, ref, [outcome as Finished | readonly Finished[]].flat());
    if (method === "acknowledge" && outcome !== "gone")
      this.places.acknowledged(who.name, ref, outcome as Lease, args[2] as Offset[]);
  }

  /** A producer was told that what it sent at that time is stored. `key`: where it asked for order. */
  published(id: string, label: string, sentAtMs: number, key?: string): void {
    const address = parseMessageId(id);
    const topic = address && this.topics.get(address.topic.uid);
    const logged = topic && this.log.of({ topic, partition: address.partition }).at(address.offset);
    if (!logged) this.world.violation("durable", `${id} (${label}) was acknowledged and is not in the log`);
    else if (logged.label !== label && logged.label !== "?")
      this.world.violation("durable", `${id} was acknowledged as ${label} and is ${logged.label}`);
    if (address) this.lives.published(address.topic, label, sentAtMs);
    if (address) this.marks.published(address.topic);
    if (address && key !== undefined) this.#publishOrder.published(address, label, key);
  }

  /** Whether that life of a topic is the present one. */
  isLive({ name, uid }: TopicRef): boolean {
    const there = this.storage.topics.get(name);
    return there?.kind === "topic" && there.topic.uid === uid;
  }

  live(): readonly Watched[] {
    return [...this.places.watched.values()].filter(({ isDeleted }) => !isDeleted);
  }

  /** What a subscription has still to do. */
  open(watched: Watched): readonly Logged[] {
    const { uid } = watched.subscription.topic;
    const logs = [...this.log.partitions.values()].filter(({ ref }) => ref.topic.uid === uid);
    return logs.flatMap((log) => {
      const head = this.places.head(watched, log.ref.partition);
      return log
        .from(this.places.startHead(watched, log.ref.partition))
        .filter((one) => this.places.isOpen(watched, one, head));
    });
  }

  /** A poll that began at that time ends with nothing: there was nothing, where nothing goes wrong with it. */
  gotNothing(name: string, sinceMs: number): void {
    if (!this.deliveries.calm.has(name)) return;
    for (const watched of this.live().filter(({ subscription }) => subscription.name === name)) {
      if (this.deliveries.isOrdered(watched.subscription.topic.uid) || this.pauses.mayRest(watched)) continue;
      if (this.world.nowMs - (watched.filters.at(-1)?.fromMs ?? 0) < FILTER_HEARD_OF_MS) continue;
      const missed = this.open(watched).find(
        ({ atMs, offset, partition }) => atMs < sinceMs && offset >= this.places.head(watched, partition),
      );
      if (missed) this.world.violation("isolation", `${name} got nothing, and ${missed.id} lay there`);
    }
  }

  /** Whether these have nothing left to do; of all of them, also whether nothing is delayed any more. */
  isDrained(of?: readonly Watched[]): boolean {
    if (of === undefined && !this.delayed.isDrained) return false;
    return (of ?? this.live()).every((watched) => this.isDone(watched)) && this.redrives.areOver;
  }

  /** Whether a subscription has nothing to do. A redrive job has its timer, and is no work of a subscription. */
  isDone(watched: Watched): boolean {
    return this.left(watched) === 0 && this.open(watched).length === 0;
  }

  /** Leases and retries that are still there. */
  left({ subscription }: Watched): number {
    return this.storage.progress.get(subscriptionKey(subscription))?.records().length ?? 0;
  }

  /** Messages that a lease or a retry has. */
  held({ subscription }: Watched): ReadonlySet<string> {
    const records = this.storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
    return idsIn(records, (partition) => this.places.logOf(subscription, partition));
  }

  /** Memory follows the retention, not the run: what expired long ago is counted, and forgotten. */
  #forgetNowAndThen(): void {
    if (this.world.nowMs < this.#forgotAtMs + FORGET_EVERY_MS) return;
    this.#forgotAtMs = this.world.nowMs;
    for (const watched of this.places.watched.values())
      forgetLeases(watched, this.world.nowMs - LEASES_KNOWN_MS);
    for (const { log, gone } of this.log.forget())
      for (const watched of this.places.watched.values()) this.#forget(watched, log.ref, gone);
  }

  #forget(watched: Watched, { topic, partition }: PartitionRef, gone: readonly Logged[]): void {
    const { subscription, setAside, isDeleted } = watched;
    if (subscription.topic.uid !== topic.uid || gone.length === 0) return;
    const start = this.places.startHead(watched, partition);
    let unread = 0;
    for (const { id, offset, slotBase } of gone) {
      const wasRead = forgetMessage(watched, id) || setAside.has(`${partition}#${slotBase}`);
      if (!wasRead && offset >= start && !isDeleted) unread++;
    }
    for (const { slotBase } of gone) setAside.delete(`${partition}#${slotBase}`);
    if (unread > 0) this.expired.set(subscription.name, (this.expired.get(subscription.name) ?? 0) + unread);
  }
}
