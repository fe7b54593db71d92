import { publish } from "../../../lib/operations/publish/publish.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { settleAndReceiveWaiting } from "../../../lib/operations/consume/settle-and-receive.js";
import { type Settlement, settle } from "../../../lib/operations/consume/settle.js";
import type { Subscriber } from "../../../lib/domain/ports/subscriber.js";
import type { SubscriptionPlan } from "../plan.js";
import { setUp } from "../set-up.js";
import { during, pushesOf } from "../simulate.js";
import { filterOfTag } from "../filters.js";
import { subscribers } from "../actors/subscriber.js";
import { World } from "../world.js";
import { OutboxWriter } from "./outbox-writer.js";
import { MeteredDeployment, MeteredFunctions, RECEIVING } from "./metered.js";
import { type Usage, minus, times } from "./usage.js";
import { SECONDS_A_MONTH } from "./prices.js";

/** A steady load of messages of 1 KB, each of which goes to every subscriber. */
export interface Traffic {
  readonly messagesPerSecond: number;
  /** In one publish, and in one receive at the most; deliveries take ten at least. */
  readonly batch: number;
  readonly pushed: number;
  readonly pulled?: number;
  /** Each acknowledges what it has as it asks for more. */
  readonly settlesWithReceive?: boolean;
  /** Its handler fails whatever it gets. */
  readonly isDown?: boolean;
  /** So many messages wait, and its target takes none of them. */
  readonly deadWith?: number;
  /** Each subscriber's filter wants its share of the messages, and no two want the same. */
  readonly isDivided?: boolean;
  /** Each message is in a transaction of its publisher's own. */
  readonly byOutbox?: boolean;
  /** It is compared to traffic that is divided so. */
  readonly isCompared?: boolean;
}

const TOPIC = "orders";
/** At least as many as processes publish at once: where two share one, both pay for appends that they lose. */
const partitionsFor = (messagesPerSecond: number): number => (messagesPerSecond >= 100 ? 64 : 16);
/** So that its answer, after the way there and back, takes some 30 ms on average. */
const HANDLER_UP_TO_MS = 39;
const DELIVERED_AT_ONCE = 10;
/** A delivery brings messages of one partition: with little in each, many go side by side. */
const CONCURRENCY = 100;
const BODY_CHARACTERS = 1_000;
/** So many messages make a fair sample. As many pass before it: caches get warm, pumps start. */
const MESSAGES = 400;
const AT_LEAST_MS = 2_000;
/** Where each pump gets little from each partition: longer than a commit waits for more. */
const DIVIDED_AT_LEAST_MS = 12_000;
const AT_MOST_MS = 600_000;
/** A target that takes nothing is tried every quarter of an hour or so. */
const DEAD_FOR_MS = 2 * 3_600_000;
const WAIT_SECONDS = 20;
const SEED = 1;
/** Each consumer may be so far behind: the stream's delay, a look, a delivery. */
const BEHIND_AT_MOST_MS = 500;

/** What filters tell messages apart by. */
const tagOf = (index: number): string => `tag-${index}`;
export const filterOf = ({ isDivided }: Pick<Traffic, "isDivided">, index: number) =>
  isDivided ? { filter: filterOfTag(tagOf(index)) } : {};

const consumersOf = ({ pushed, pulled = 0 }: Pick<Traffic, "pushed" | "pulled">): number => pushed + pulled;

/** Messages from the `first` on, each for everybody, or for one of those that divide them. */
export const contentsOf = (
  world: World,
  traffic: Pick<Traffic, "pushed" | "pulled" | "isDivided">,
  { first, count }: { readonly first: number; readonly count: number },
): readonly MessageContent[] =>
  Array.from({ length: count }, (_, index) => ({
    body: `${labelOf(first + index)} ${text(world, BODY_CHARACTERS)}`,
    contentType: "text/plain",
    ...(traffic.isDivided ? { tag: tagOf((first + index) % consumersOf(traffic)) } : {}),
  }));

const labelOf = (number: number): string => `p-${number}`;

export const pushed = (traffic: Traffic, index: number): SubscriptionPlan => ({
  name: `push-${index}`,
  from: "earliest",
  settings: {
    target: { type: "lambda", functionArn: `arn:fn:push-${index}` },
    maxConcurrency: CONCURRENCY,
    batch: { maxMessages: Math.max(traffic.batch, DELIVERED_AT_ONCE), maxBytes: 1_048_576, windowSeconds: 0 },
    ...filterOf(traffic, index),
  },
  push: {
    workMs: HANDLER_UP_TO_MS,
    fails: traffic.isDown ? 1 : 0,
    failsSome: 0,
    throttled: 0,
    dawdles: 0,
    maxConcurrency: CONCURRENCY,
    ...(traffic.deadWith === undefined
      ? {}
      : { outage: { fromMs: 0, untilMs: Infinity, reason: "missing" } }),
  },
  pull: [],
});

const pulled = (traffic: Traffic, index: number): SubscriptionPlan => ({
  name: `pull-${index}`,
  from: "earliest",
  settings: filterOf(traffic, traffic.pushed + index),
  push: undefined,
  pull: [],
});

/** What such traffic takes in a month, from minutes of it in a world where nothing goes wrong. */
export async function monthOf(traffic: Traffic): Promise<Usage> {
  const world = new World(SEED, false);
  const deployment = new MeteredDeployment(world);
  const functions = new MeteredFunctions(deployment);
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const subscriptions = [
    ...range(traffic.pushed).map((index) => pushed(traffic, index)),
    ...range(traffic.pulled ?? 0).map((index) => pulled(traffic, index)),
  ];
  const topic = {
    name: TOPIC,
    ordering: "none" as const,
    partitions: partitionsFor(traffic.messagesPerSecond),
    retentionSeconds: 345_600,
    producers: [],
    subscriptions,
    changes: 0,
  };
  const plan = { rates: deployment.rates, clocksApart: false, calm: [], failing: [], topic };
  const load = new Load(deployment, functions, traffic);
  deployment.subscriber = load.counting(subscribers(deployment, pushesOf(plan), { isHealthy: false }));
  await during(world, setUp(deployment, functions, plan));
  if (traffic.deadWith !== undefined) await during(world, load.publishAll(traffic.deadWith));
  if (traffic.messagesPerSecond > 0) load.publishEvery((1_000 * traffic.batch) / traffic.messagesPerSecond);
  for (const { name, push } of subscriptions) if (!push) void load.pull(name);
  const forMs = sampleMs(traffic);
  await world.runUntil(world.nowMs + forMs);
  const [sinceMs, before] = [world.nowMs, functions.usage()];
  await world.runUntil(world.nowMs + forMs);
  const consumers = traffic.isDivided ? 1 : consumersOf(traffic);
  const behindMs = (1_000 * (load.published - load.consumed / consumers)) / traffic.messagesPerSecond;
  const areWell = !traffic.isDown && traffic.deadWith === undefined;
  if (areWell && behindMs > BEHIND_AT_MOST_MS + (1_000 / traffic.messagesPerSecond) * traffic.batch)
    throw new Error(`these consumers are ${behindMs.toFixed(0)} ms behind: they do not keep up`);
  if (world.violations.length > 0) throw new Error(world.violations.join("; "));
  const seconds = (world.nowMs - sinceMs) / 1_000;
  return times(minus(functions.usage(), before), SECONDS_A_MONTH / seconds);
}

function sampleMs({ messagesPerSecond, deadWith, isCompared }: Traffic): number {
  if (deadWith !== undefined) return DEAD_FOR_MS;
  return Math.min(
    AT_MOST_MS,
    Math.max(isCompared ? DIVIDED_AT_LEAST_MS : AT_LEAST_MS, (1_000 * MESSAGES) / messagesPerSecond),
  );
}

/** Publishes at a steady pace, and pulls without a pause. */
class Load {
  published = 0;
  consumed = 0;
  readonly #outbox: OutboxWriter;

  constructor(
    private readonly deployment: MeteredDeployment,
    private readonly functions: MeteredFunctions,
    private readonly traffic: Traffic,
  ) {
    this.#outbox = new OutboxWriter(deployment, functions, TOPIC);
  }

  counting(subscriber: Subscriber): Subscriber {
    return {
      ...subscriber,
      deliver: (...args) => {
        this.consumed += args[1].length;
        return subscriber.deliver(...args);
      },
    };
  }

  async publishAll(count: number): Promise<void> {
    while (this.published < count) await this.#publish();
  }

  publishEvery(ms: number): void {
    const { world } = this.deployment;
    void this.#publish();
    world.after(ms, () => this.publishEvery(ms));
  }

  async #publish(): Promise<void> {
    const { world, monitor } = this.deployment;
    const first = this.published;
    const labels = Array.from({ length: this.traffic.batch }, () => labelOf(this.published++));
    monitor.log.sent(labels);
    const contents = contentsOf(world, this.traffic, { first, count: labels.length });
    if (this.traffic.byOutbox) {
      contents.forEach((content, index) => this.#outbox.commit(content, labels[index] as string));
      return;
    }
    const sentAtMs = world.nowMs;
    const ended = await this.functions.invoke("api", (engine) => publish(engine, TOPIC, contents), "publish");
    if (ended.kind !== "answered") throw new Error("a publish failed, and nothing was wrong");
    ended.value.forEach((result, index) => {
      if (result.kind === "published")
        monitor.published(result.id, labels[index] as string, sentAtMs, undefined);
    });
  }

  async pull(name: string): Promise<void> {
    const { settlesWithReceive } = this.traffic;
    const request = { maxMessages: this.traffic.batch, waitSeconds: WAIT_SECONDS };
    let acks: readonly Settlement[] = [];
    for (;;) {
      const settling = settlesWithReceive ? acks : [];
      if (!settlesWithReceive && acks.length > 0)
        await this.functions.invoke("api", (engine) => settle(engine, TOPIC, name, acks), "settle");
      const received = await this.functions.invoke(
        "api",
        (engine) => settleAndReceiveWaiting(engine, TOPIC, name, settling, request),
        RECEIVING,
      );
      const handed = received.kind === "answered" ? received.value.handed : [];
      acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
      this.#has(handed);
    }
  }

  #has(handed: readonly Handed[]): void {
    const { monitor } = this.deployment;
    const subscription = handed[0] && monitor.places.ofReceipt(handed[0].receipt)?.subscription;
    const delivery = subscription && monitor.deliveries.delivered(subscription, handed);
    if (delivery)
      monitor.deliveries.saidDone(
        delivery,
        handed.map(({ id }) => id),
      );
    this.consumed += handed.length;
  }
}

/** Half of it repeats itself, as JSON does. */
function text({ random }: World, characters: number): string {
  let noise = "";
  while (noise.length < characters / 2) noise += random.nonce().slice(6);
  return noise.slice(0, characters / 2).padEnd(characters, '","name":"value');
}
