import type { PumpRef } from "../../../lib/domain/ports/starter.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import { publish } from "../../../lib/operations/publish.js";
import { pump } from "../../../lib/operations/pump/pump.js";
import { receive } from "../../../lib/operations/receive.js";
import { settleLeases } from "../../../lib/operations/settle.js";
import { putSubscription } from "../../../lib/operations/subscriptions.js";
import { putTopic } from "../../../lib/operations/topics.js";
import { subscribers } from "../actors/subscriber.js";
import { EndChecker } from "../checkers/end-checker.js";
import { Deployment } from "../deployment.js";
import { NO_FAULTS } from "../faults.js";
import { Process } from "../process.js";
import { ChoosingWorld, type Choose } from "./choosing-world.js";
import { type Explored, explore } from "./explore.js";

/** A few processes on one topic with one subscription, and what each of them does, once. */
interface SmallWorld {
  readonly depth: number;
  readonly settings?: Partial<SubscriptionSettings>;
  readonly partitions?: number;
  /** Published beforehand, and how long before the rest begins. */
  readonly before?: { readonly messages: number; readonly agoMs: number };
  readonly actors: Readonly<Record<string, (stage: Stage, process: Process) => Promise<void>>>;
}

const TOPIC = "orders";
const NAME = "s";
const MINUTE_MS = 60_000;
const PATIENCE_MS = 3 * 3_600_000;
const LAMBDA = { target: { type: "lambda", functionArn: "arn:fn:s" }, maxConcurrency: 1 } as const;

/** The process that published beforehand, with all that it remembers. */
const FIRST = "set-up";

/** What is set up, and how to go on from there. */
class Stage {
  readonly deployment: Deployment;
  readonly #processes = new Map<string, Process>();
  #labels = 0;

  constructor(readonly world: ChoosingWorld) {
    this.deployment = new Deployment(world, NO_FAULTS);
    // Some clocks are ahead: then a lane may be taken from one that is at work.
    this.deployment.monitor.deliveries.excusePumps(Infinity);
    const plan = { workMs: 1, fails: 0, failsSome: 0, throttled: 0, dawdles: 0, maxConcurrency: 1 };
    this.deployment.subscriber = subscribers(this.deployment, new Map([[NAME, plan]]), { isHealthy: true });
  }

  process(name: string, skewMs = 0): Process {
    const process = this.#processes.get(name);
    if (process) return process;
    const made = new Process(this.deployment, name, skewMs, this.#processes.size + 1);
    this.#processes.set(name, made);
    return made;
  }

  async publish({ instance }: Process, count: number): Promise<void> {
    const labels = Array.from({ length: count }, () => `m${this.#labels++}`);
    for (const label of labels) this.deployment.monitor.log.attempts.set(label, 1);
    const results = await publish(
      instance,
      TOPIC,
      labels.map((body) => ({ body, contentType: "text/plain" })),
    );
    results.forEach((result, index) => {
      if (result.kind === "published") this.deployment.monitor.published(result.id, labels[index] as string);
    });
  }

  /** Receives once, and acknowledges all of it. */
  async consume({ instance }: Process, maxMessages: number): Promise<number> {
    const { monitor } = this.deployment;
    const [watched] = monitor.live();
    const topic = await instance.topics.get(TOPIC);
    if (!watched || !topic) return 0;
    const handed = await receive(instance, topic, watched.subscription, { maxMessages });
    if (handed.length === 0) return 0;
    const delivery = monitor.deliveries.delivered(watched.subscription, handed);
    if (!delivery) return 0;
    monitor.deliveries.saidDone(
      delivery,
      handed.map(({ id }) => id),
    );
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" }) as const);
    const results = await settleLeases(instance, topic, watched.subscription, acks);
    const settled = handed.filter((_, index) => results[index]?.kind === "ok");
    monitor.deliveries.settled(
      delivery,
      settled.map(({ id }) => id),
    );
    return handed.length;
  }

  async pump({ instance }: Process): Promise<void> {
    const [watched] = this.deployment.monitor.live();
    if (!watched) return;
    const { topic, name, uid } = watched.subscription;
    const ref: PumpRef = { subscription: { topic, name, uid }, lane: 0 };
    await pump(instance, ref, { deadlineMs: instance.clock.nowMs() + 2 * MINUTE_MS });
  }
}

const writer = (stage: Stage, process: Process) => stage.publish(process, 1);
const reader = async (stage: Stage, process: Process): Promise<void> => {
  await stage.consume(process, 2);
  await stage.consume(process, 2);
};
const pumping = (stage: Stage, process: Process) => stage.pump(process);
const writersAndReader = { "writer-1": writer, "writer-2": writer, reader };

export const SMALL_WORLDS: Readonly<Record<string, SmallWorld>> = {
  "two writers and a reader, on an empty log": { depth: 60, actors: writersAndReader },
  "two writers and a reader, on two empty partitions": {
    depth: 60,
    partitions: 2,
    actors: writersAndReader,
  },
  "two writers and a reader, behind a fresh tail": {
    depth: 60,
    before: { messages: 1, agoMs: MINUTE_MS },
    actors: writersAndReader,
  },
  "two writers and a reader, behind a tail with 20 minutes to live": {
    depth: 60,
    before: { messages: 1, agoMs: 40 * MINUTE_MS },
    actors: writersAndReader,
  },
  "two writers and a reader, behind a tail with 2 minutes to live": {
    depth: 60,
    before: { messages: 1, agoMs: 58 * MINUTE_MS },
    actors: writersAndReader,
  },
  "a writer before and one behind a tail's last minute, by their clocks": {
    depth: 60,
    before: { messages: 1, agoMs: 59 * MINUTE_MS + 30_000 },
    actors: { "writer-1": writer, "writer-2 (its clock is ahead)": writer },
  },
  "a writer that knows a tail which has expired, and another": {
    depth: 60,
    before: { messages: 1, agoMs: 70 * MINUTE_MS },
    actors: { [FIRST]: writer, "writer-2": writer },
  },
  "two consumers of one cursor": {
    depth: 60,
    before: { messages: 3, agoMs: 1_000 },
    actors: {
      "consumer-1": (stage, one) => stage.consume(one, 1).then(() => undefined),
      "consumer-2": reader,
    },
  },
  "a consumer whose lease runs out, and the next one": {
    depth: 60,
    settings: { ackDeadlineSeconds: 1 },
    before: { messages: 2, agoMs: 1_000 },
    actors: {
      slow: (stage, one) => stage.consume(one, 2).then(() => undefined),
      "next (its clock is ahead)": reader,
    },
  },
  "a pump and its successor": {
    depth: 60,
    settings: LAMBDA,
    before: { messages: 2, agoMs: 1_000 },
    actors: { "pump-1": pumping, "pump-2 (its clock is ahead)": pumping },
  },
  "a pump that ends, and a writer": {
    depth: 60,
    settings: LAMBDA,
    before: { messages: 1, agoMs: 1_000 },
    actors: { "pump-1": pumping, writer },
  },
};

const RUNS_AT_MOST = 60_000;

/** Every interleaving of one small world, down to its depth; up to the first that breaks a promise. */
export async function exploreWorld(name: string): Promise<Explored> {
  const world = SMALL_WORLDS[name];
  if (!world) throw new Error(`there is no small world "${name}": ${Object.keys(SMALL_WORLDS).join("; ")}`);
  return await explore((choose) => once(world, choose), { depth: world.depth, runsAtMost: RUNS_AT_MOST });
}

async function once(
  { settings = {}, partitions = 1, before, actors }: SmallWorld,
  choose: Choose,
): Promise<{ isPruned: boolean; violation: string | undefined }> {
  let isStaged = false;
  const world = new ChoosingWorld((choices) => (isStaged ? choose(choices) : choices[0]));
  const stage = new Stage(world);
  await during(world, setUp(stage, { settings, partitions, before }));
  isStaged = true;
  const works = Object.entries(actors).map(([name, act]) =>
    act(stage, stage.process(name, name.includes("ahead") ? 2 * MINUTE_MS : 0)),
  );
  await during(world, Promise.all(works));
  isStaged = false;
  if (!world.isPruned) await drain(stage, settings);
  return { isPruned: world.isPruned, violation: world.violations[0] };
}

async function setUp(
  stage: Stage,
  {
    settings,
    partitions,
    before,
  }: { [Name in "settings" | "partitions" | "before"]: SmallWorld[Name] | undefined },
): Promise<void> {
  const process = stage.process(FIRST);
  await putTopic(process.instance, TOPIC, { partitions: partitions ?? 1, retentionSeconds: 3_600 });
  await putSubscription(process.instance, TOPIC, NAME, { ...settings, from: "earliest" });
  if (!before) return;
  await stage.publish(process, before.messages);
  await stage.world.sleep(Math.max(1_000, before.agoMs));
}

/** Once all is quiet, somebody takes what is left: then nothing may be missing. */
async function drain(stage: Stage, settings: Partial<SubscriptionSettings>): Promise<void> {
  const { world, deployment } = stage;
  const last = stage.process("last", 0);
  const work = async (): Promise<void> => {
    for (let round = 0; round < 20 && !deployment.monitor.isDrained(); round++) {
      await world.sleep(MINUTE_MS);
      if (settings.target) await stage.pump(last);
      else await stage.consume(last, 10);
    }
  };
  await during(world, work());
  if (world.violations.length === 0) new EndChecker(world, deployment.storage, deployment.monitor).check();
}

async function during(world: ChoosingWorld, work: Promise<unknown>): Promise<void> {
  let isOver = false;
  work.then(
    () => (isOver = true),
    (error: unknown) => {
      world.violation("crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  );
  await world.runUntil(world.nowMs + PATIENCE_MS, () => isOver);
  if (!isOver && !world.isPruned && world.violations.length === 0)
    world.violation("progress", "it never ended");
}
