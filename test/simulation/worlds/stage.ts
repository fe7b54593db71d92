import { redrive } from "../../../lib/operations/manage/redrive.js";
import { MENDED_ATTRIBUTE } from "../checkers/dead-letter-checker.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { Topic } from "../../../lib/domain/topic.js";
import { initialSpread } from "../../../lib/domain/spread.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { dispatch } from "../../../lib/operations/push/dispatch.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { receive, receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { type Settlement, settleLeases } from "../../../lib/operations/consume/settle.js";
import { type SubscriberPlan, subscribers } from "../actors/subscriber.js";
import type { Delivery } from "../checkers/delivery-checker.js";
import { Deployment } from "../deployment.js";
import { NO_FAULTS } from "../faults.js";
import { Process } from "../process.js";
import type { ChoosingWorld } from "./choosing-world.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { type LaneRef, laneName } from "../../../lib/domain/lane.js";
import type { Doorbell, PumpStart } from "../../../lib/domain/pump-start.js";
import { nextOffset } from "../../../lib/domain/slot.js";
import { partitionKey } from "../../../lib/domain/topic.js";

export const TOPIC = "orders";
export const NAME = "s";
const START_MS = 20;

/** How it is pushed; a `maxConcurrency` of 0: it is not. */
export interface Pushing {
  readonly maxConcurrency: number;
  /** What the first deliveries take, in their order; later ones a millisecond. */
  readonly turnsMs: readonly number[];
  /** How many of the first deliveries fail. */
  readonly failing: number;
  readonly pumpRunMs: number;
  readonly laneWidth: number | undefined;
  readonly areClocksApart: boolean;
}
/** A poll looks once a second. */
const WAITED_IN_VAIN_MS = 2_000;

/** What one receive gave. */
export interface Taken {
  readonly topic: Topic;
  readonly subscription: Subscription;
  readonly handed: readonly Handed[];
  readonly delivery: Delivery;
}

type Word =
  { readonly outcome: "ack" | "reject" } | { readonly outcome: "retry"; readonly delaySeconds: number };

const idsOf = (handed: readonly Handed[]): readonly string[] => handed.map(({ id }) => id);

/** What is set up, and how to go on from there. */
export class Stage {
  readonly deployment: Deployment;
  readonly #processes = new Map<string, Process>();
  readonly #pumps: Promise<void>[] = [];
  readonly #pumpRunMs: number;
  #started = 0;
  #labels = 0;

  constructor(
    readonly world: ChoosingWorld,
    { maxConcurrency, turnsMs, failing, pumpRunMs, laneWidth, areClocksApart }: Pushing,
  ) {
    this.#pumpRunMs = pumpRunMs;
    this.deployment = new Deployment(world, NO_FAULTS, laneWidth === undefined ? {} : { laneWidth });
    const { deliveries, places } = this.deployment.monitor;
    places.filters.isCalm = !areClocksApart;
    // Where clocks are apart, a lane may be taken from one that is at work.
    if (areClocksApart) deliveries.excusePumps(Infinity);
    else if (maxConcurrency > 0 && failing === 0) deliveries.calm = new Set([NAME]);
    const plan: SubscriberPlan = {
      ...{ workMs: 1, fails: 0, failsSome: 0, throttled: 0, dawdles: 0 },
      ...{ maxConcurrency, turnsMs, failing },
    };
    this.deployment.subscriber = subscribers(this.deployment, new Map([[NAME, plan]]), { isHealthy: true });
    this.deployment.starter.handlers = { pump: (ref) => this.#start(ref), clock: () => undefined };
  }

  /** As an asynchronous invoke would. */
  #start(ref: PumpStart): void {
    const process = this.process(`pump started as ${++this.#started}`);
    this.#pumps.push(this.world.sleep(START_MS).then(() => this.#pump(process, ref)));
  }

  /** Waits for the pumps that were started, and for those that they start. */
  async pumpsEnd(): Promise<void> {
    for (let pump = this.#pumps.shift(); pump; pump = this.#pumps.shift()) await pump;
  }

  get topicUid(): string {
    return this.#lane()?.subscription.topic.uid ?? "";
  }

  /** Of the lane's lock. */
  get lockName(): string {
    const lane = this.#lane();
    return lane ? laneName(lane) : "";
  }

  process(name: string, skewMs = 0): Process {
    const process = this.#processes.get(name);
    if (process) return process;
    const made = new Process(this.deployment, name, skewMs, this.#processes.size + 1);
    this.#processes.set(name, made);
    return made;
  }

  /** `partition`: where its writer stays by now; default: where it stayed last. */
  async publish(process: Process, count: number, partition?: number): Promise<void> {
    await this.publishTagged(process, Array<undefined>(count).fill(undefined), partition);
  }

  /** A message for each tag, or for none. */
  async publishTagged(
    { engine }: Process,
    tags: readonly (string | undefined)[],
    partition?: number,
  ): Promise<void> {
    const topic = partition === undefined ? undefined : await engine.topics.get(TOPIC);
    if (topic && partition !== undefined) {
      const spread = initialSpread(engine.clock.nowMs());
      engine.caches.spreads.set(topic.uid, { ...spread, choices: topic.partitions, partition });
    }
    const labels = tags.map(() => `m${this.#labels++}`);
    this.deployment.monitor.log.sent(labels);
    const sentAtMs = this.world.nowMs;
    const results = await publish(
      engine,
      TOPIC,
      labels.map((body, index) => {
        const tag = tags[index];
        return { body, contentType: "text/plain", ...(tag === undefined ? {} : { tag }) };
      }),
    );
    results.forEach((result, index) => {
      if (result.kind === "published")
        this.deployment.monitor.published(result.id, labels[index] as string, sentAtMs);
    });
  }

  /** Receives once, and settles nothing. */
  async take({ engine }: Process, maxMessages: number): Promise<Taken | undefined> {
    const { monitor } = this.deployment;
    const [watched] = monitor.live();
    const topic = await engine.topics.get(TOPIC);
    if (!watched || !topic) return undefined;
    const { subscription } = watched;
    const handed = await receive(engine, { topic, subscription }, { maxMessages });
    if (handed.length === 0) return undefined;
    const delivery = monitor.deliveries.delivered(subscription, handed);
    return delivery && { topic, subscription, handed, delivery };
  }

  /** Waits for something, as a long poll does. It has to see what was published while it waits. */
  async wait({ engine }: Process, waitSeconds: number): Promise<void> {
    const { monitor } = this.deployment;
    const [watched] = monitor.live();
    if (!watched) return;
    const { topic, name } = watched.subscription;
    const handed = await receiveWaiting(engine, topic.name, name, { maxMessages: 10, waitSeconds });
    if (handed.length > 0) monitor.deliveries.delivered(watched.subscription, handed);
    else if (monitor.open(watched).some(({ atMs }) => atMs < this.world.nowMs - WAITED_IN_VAIN_MS))
      this.world.violation("isolation", "a poll that waits has seen nothing of what came meanwhile");
  }

  /** Pumps that have room have handed out so many messages by now. */
  hasHandedOut(count: number): void {
    const [watched] = this.deployment.monitor.live();
    const handed = watched?.handed.size ?? 0;
    if (handed < count)
      this.world.violation("promptness", `${handed} messages were handed out, not ${count}`);
  }

  /** Receives once, and acknowledges all of it. */
  async consume(process: Process, maxMessages: number): Promise<number> {
    const taken = await this.take(process, maxMessages);
    if (!taken) return 0;
    await this.acknowledge(process, taken);
    return taken.handed.length;
  }

  async acknowledge(process: Process, taken: Taken): Promise<void> {
    const { deliveries } = this.deployment.monitor;
    deliveries.saidDone(taken.delivery, idsOf(taken.handed));
    deliveries.settled(taken.delivery, await this.#settle(process, taken, { outcome: "ack" }));
  }

  /** Two threads of a consumer, of which one rejects the same messages: one of them has the last word. */
  async contradict(rejecting: Process, acknowledging: Process, taken: Taken): Promise<void> {
    const { deliveries } = this.deployment.monitor;
    deliveries.saidRejected(taken.delivery, idsOf(taken.handed), false);
    deliveries.saidDone(taken.delivery, idsOf(taken.handed));
    const [rejected, acknowledged] = await Promise.all([
      this.#settle(rejecting, taken, { outcome: "reject" }),
      this.#settle(acknowledging, taken, { outcome: "ack" }),
    ]);
    const both = acknowledged.filter((id) => rejected.includes(id));
    deliveries.recanted(taken.delivery, both);
  }

  /** Rejects all of it, which makes dead letters of it. */
  async reject(process: Process, taken: Taken): Promise<void> {
    const { deliveries } = this.deployment.monitor;
    deliveries.saidRejected(taken.delivery, idsOf(taken.handed), false);
    await this.#settle(process, taken, { outcome: "reject" });
  }

  /** Sends a dead letter again; `mark`: with the attribute that tells it from what was published. */
  async redrive({ engine }: Process, id: string, mark?: number): Promise<void> {
    const [watched] = this.deployment.monitor.live();
    if (!watched) return;
    const { topic, name } = watched.subscription;
    const mend = { attributes: { [MENDED_ATTRIBUTE]: mark ?? 0 } };
    const which =
      mark === undefined ? ({ kind: "ids", ids: [id] } as const) : ({ kind: "mended", id, mend } as const);
    await redrive(engine, topic.name, name, which);
  }

  async giveBack(process: Process, taken: Taken): Promise<void> {
    await this.#settle(process, taken, { outcome: "retry", delaySeconds: 1 });
  }

  /** The ids of those of which it was answered that the word counts. */
  async #settle({ engine }: Process, taken: Taken, word: Word): Promise<readonly string[]> {
    const settlements = taken.handed.map(({ receipt }): Settlement => ({ ...word, receipt }));
    const results = await settleLeases(engine, taken, settlements);
    return idsOf(taken.handed.filter((_, index) => results[index]?.kind === "ok"));
  }

  async pump(process: Process, lane = 0): Promise<void> {
    const ref = this.#lane(lane);
    if (ref) await this.#pump(process, ref);
  }

  /** Like `pump`, by a doorbell for all that is stored by now. */
  async pumpForNews(process: Process): Promise<void> {
    const ref = this.#lane();
    const news = this.#bells().map(({ partition, end }) => ({ partition, end }));
    if (ref) await this.#pump(process, { ...ref, hints: { news } });
  }

  #lane(lane = 0): LaneRef | undefined {
    const [watched] = this.deployment.monitor.live();
    if (!watched) return undefined;
    const { topic, name, uid } = watched.subscription;
    return { subscription: { topic, name, uid }, lane };
  }

  /** One for each partition, as its last slot rings. */
  #bells(): readonly (Doorbell & { readonly end: number })[] {
    const { monitor, storage } = this.deployment;
    return [...monitor.log.partitions.values()].flatMap(({ ref }) => {
      const last = storage.logs.get(partitionKey(ref))?.at(-1);
      return last ? [{ topic: ref.topic, partition: ref.partition, end: nextOffset(last), slot: last }] : [];
    });
  }

  async #pump({ engine }: Process, ref: PumpStart): Promise<void> {
    await pump(engine, ref, { deadlineMs: engine.clock.nowMs() + this.#pumpRunMs });
  }

  /** What the stream does once something was published. */
  async ring({ engine }: Process): Promise<void> {
    await dispatch(engine, this.#bells());
  }
}
