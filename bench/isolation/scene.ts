import type { Clock } from "../../lib/domain/ports/clock.js";
import type { Message } from "../../lib/domain/message.js";
import type { Ordering } from "../../lib/domain/topic.js";
import type { Engine } from "../../lib/operations/engine.js";
import { changeSubscription, putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { publish } from "../../lib/operations/publish/publish.js";
import { percentile } from "../measure.js";
import { Platform, type NewProcess } from "./platform.js";
import { BAD, bad, good, goodButFor } from "./subscribers.js";

const TOPIC = "orders";
const GOOD = "good";
const TARGET = { type: "lambda", functionArn: "in-process" } as const;
/** One message in so many is poison. */
const POISON_EVERY = 50;
const KEYS = 100;
const DROPPED_SECONDS = 2;
const BODY = "x".repeat(1_000);
/** How long after the last publish what is still under way is waited for. */
const LATE_MS = 5_000;

export interface Traffic {
  readonly aSecond: number;
  readonly seconds: number;
}

export interface SceneOptions extends Traffic {
  readonly clock: Clock;
  readonly newProcess: NewProcess;
  /** Whether one process does all. @default each function has its own */
  readonly isOne?: boolean;
  /** A write that knows no queue, done as often as a message is published. @default none */
  readonly bareWrite?: () => Promise<void>;
}

/** What was seen of the messages after the first seconds, in ms. */
export interface Seen {
  /** From a publish's call to its answer. */
  readonly published: readonly number[];
  /** From a publish's call to the handler; Infinity for what did not come. */
  readonly delivered: readonly Delivered[];
  /** What a write that knows no queue took meanwhile, in the same process. */
  readonly bare: readonly number[];
}

export interface Delivered {
  readonly tookMs: number;
  readonly key: string | undefined;
  readonly partition: number | undefined;
}

/** A good subscription, and beside it others by their names: bad ones of that kind, or good ones. */
export async function unordered(options: SceneOptions, beside: readonly string[]): Promise<Seen> {
  const { clock } = options;
  return await scene(options, "none", beside, (platform, tell) => {
    const isPoison = ({ body }: Message): boolean => numberOf(body) % POISON_EVERY === 0;
    platform.subscriber.handlers.set(GOOD, good(clock, tell));
    for (const name of beside) {
      const kind = BAD.find((one) => one === name);
      const handler = kind ? bad(kind, clock, isPoison, platform.over) : good(clock, () => undefined);
      platform.subscriber.handlers.set(name, handler);
    }
  });
}

/** One subscription of an ordered topic, which fails the messages of the first `failing` keys of a hundred. */
export async function ordered(options: SceneOptions, failing: number): Promise<Seen> {
  const keys = new Set(Array.from({ length: failing }, (_, index) => keyOf(index)));
  return await scene(options, "key", [], (platform, tell) => {
    platform.subscriber.handlers.set(GOOD, goodButFor(keys, options.clock, tell));
  });
}

export const isFailing = (failing: number, key: string | undefined): boolean =>
  key !== undefined && Number(key.split("-")[1]) < failing;

const keyOf = (number: number): string => `customer-${number % KEYS}`;
const numberOf = (body: Message["body"]): number => Number(String(body).split(" ", 1)[0]);

export const p99 = (times: readonly number[]): number => percentile(times, 0.99);

interface Sent {
  readonly atMs: number;
  readonly key: string | undefined;
  partition?: number;
  publishedMs: number;
  deliveredMs: number;
}

async function scene(
  { clock, newProcess, isOne = false, aSecond, seconds, bareWrite }: SceneOptions,
  ordering: Ordering,
  beside: readonly string[],
  play: (platform: Platform, tell: (message: Message) => void) => void,
): Promise<Seen> {
  const platform = new Platform(clock, newProcess, { isOne });
  const operator = platform.process();
  await putTopic(operator, TOPIC, { ordering });
  for (const name of [GOOD, ...beside]) await putSubscription(operator, TOPIC, name, { target: TARGET });
  const sent: Sent[] = [];
  play(platform, ({ body, partition }) => {
    const one = sent[numberOf(body)];
    if (!one) throw new Error("a message came that was not published");
    one.partition = partition;
    one.deliveredMs = Math.min(one.deliveredMs, clock.nowMs() - one.atMs);
  });
  const publisher = platform.process();
  const [, bare] = await Promise.all([
    publishAll(publisher, clock, sent, { aSecond, seconds }, ordering),
    bareWrite ? writeAll(clock, bareWrite, { aSecond, seconds }) : [],
  ]);
  await clock.sleep(LATE_MS);
  for (const name of [GOOD, ...beside]) await changeSubscription(operator, TOPIC, name, { paused: true });
  await platform.stop();
  const dropped = aSecond * DROPPED_SECONDS;
  const counted = sent.slice(dropped);
  return {
    bare: bare.slice(dropped),
    published: counted.map(({ publishedMs }) => publishedMs),
    delivered: counted.map(({ deliveredMs, key, partition }) => ({ tookMs: deliveredMs, key, partition })),
  };
}

/** Publishes in time, however long a publish takes. */
async function publishAll(
  publisher: Engine,
  clock: Clock,
  sent: Sent[],
  { aSecond, seconds }: Traffic,
  ordering: Ordering,
): Promise<void> {
  const startMs = clock.nowMs();
  const publishes: Promise<void>[] = [];
  for (let number = 0; number < aSecond * seconds; number++) {
    await clock.sleep(startMs + (number * 1_000) / aSecond - clock.nowMs());
    const key = ordering === "key" ? keyOf(number) : undefined;
    const one: Sent = { atMs: clock.nowMs(), key, publishedMs: Infinity, deliveredMs: Infinity };
    sent.push(one);
    const message = { body: `${number} ${BODY}`, contentType: "text/plain", ...(key ? { key } : {}) };
    publishes.push(
      publish(publisher, TOPIC, [message]).then(([result]) => {
        if (result?.kind === "failed") throw result.error;
        one.publishedMs = clock.nowMs() - one.atMs;
      }),
    );
  }
  await Promise.all(publishes);
}

/** Half a turn after each publish, so that neither waits for the other. */
async function writeAll(
  clock: Clock,
  write: () => Promise<void>,
  { aSecond, seconds }: Traffic,
): Promise<readonly number[]> {
  const startMs = clock.nowMs();
  const writes: Promise<number>[] = [];
  for (let number = 0; number < aSecond * seconds; number++) {
    await clock.sleep(startMs + ((number + 0.5) * 1_000) / aSecond - clock.nowMs());
    const atMs = clock.nowMs();
    writes.push(write().then(() => clock.nowMs() - atMs));
  }
  return await Promise.all(writes);
}
