import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { settleAndReceiveWaiting } from "../../../lib/operations/consume/settle-and-receive.js";
import { type SettleResult, type Settlement, settle } from "../../../lib/operations/consume/settle.js";
import { isFrom } from "./producer.js";
import type { Delivery } from "../checkers/delivery-checker.js";
import type { Deployment } from "../deployment.js";
import type { Functions, Kind } from "./functions.js";
import type { Handed } from "../../../lib/domain/handed.js";

/** How a worker behaves that consumes through the client library. */
export interface WorkerPlan {
  readonly concurrency: number;
  readonly maxMessages: number;
  readonly ackDeadlineSeconds: number;
  /** Against an API that settles with receives. */
  readonly settlesWithReceive?: boolean;
}

/** How a pull consumer behaves, each by its chance; once the faults stop it just acknowledges. */
export interface ConsumerPlan {
  readonly topic: string;
  readonly subscription: string;
  /** It lives in a service, in which others receive at the same time; default: it calls the API. */
  readonly isEmbedded?: boolean;
  readonly maxMessages: number;
  readonly thinkMs: number;
  /** Never settles what it got. */
  readonly forgets: number;
  /** Settles when the lease is long over. */
  readonly late: number;
  /** Acknowledges what it has settled once more, be it given back. */
  readonly twice: number;
  /** Settles what it got in two requests. */
  readonly parts: number;
  /** Of the messages of a batch. */
  readonly retries: number;
  readonly rejects: number;
  readonly extends: number;
  /** The producer whose messages fail each time, and are sent back at once; default: none. */
  readonly failsFrom?: string;
  /** The key whose messages fail each time, and are sent back at once; default: none. */
  readonly failsKey?: string;
  /** Settles what it got with the request for more. */
  readonly settlesWithReceive?: boolean;
  /** Consumes through the client library, in a process of its own; default: asks and settles by itself. */
  readonly client?: WorkerPlan;
}

/** What one receive gave, and how its checker knows it again. */
interface Received {
  readonly handed: readonly Handed[];
  readonly delivery: Delivery;
}

/** What a receive gave, if anything. */
type Taken = Partial<Received> & Pick<Received, "handed">;

/** One consumer, and what came with its last settlements. */
interface Worker {
  readonly deployment: Deployment;
  readonly functions: Functions;
  readonly plan: ConsumerPlan;
  readonly name: string;
  brought?: Taken | undefined;
}

const LATE_MS = 50_000;
/** Long enough that looks have passed by what was extended. */
const SHORTENED_AFTER_MS = 30_000;
const BEAT_MS = 250;
const PAUSE_FROM_MS = 100;
const PAUSE_UP_TO_MS = 240_000;

export async function consume(
  deployment: Deployment,
  functions: Functions,
  plan: ConsumerPlan,
  phase: { isOver: boolean; isHealthy: boolean },
): Promise<void> {
  const { world } = deployment;
  let pauseMs = PAUSE_FROM_MS;
  const name = `consumer-${++deployment.consumersNamed}`;
  const worker: Worker = { deployment, functions, plan, name };
  while (!phase.isOver) {
    const { brought } = worker;
    worker.brought = undefined;
    if (!brought) await beat(deployment, plan);
    const { handed, delivery } = brought ?? (await take(worker));
    // Of the hours in which nothing happens, few polls are worth their steps.
    pauseMs = handed.length > 0 ? PAUSE_FROM_MS : Math.min(PAUSE_UP_TO_MS, pauseMs * 2);
    if (!delivery) {
      await world.sleep(world.between(PAUSE_FROM_MS, pauseMs));
      continue;
    }
    if (!phase.isHealthy && world.chance(plan.forgets)) continue;
    await world.sleep(!phase.isHealthy && world.chance(plan.late) ? LATE_MS : world.between(0, plan.thinkMs));
    const said = new Map<string, Said>();
    for (const [index, part] of partsOf(deployment, plan, handed).entries()) {
      if (index > 0) await world.sleep(world.between(0, plan.thinkMs));
      await beat(deployment, plan);
      const now = await settleAll(worker, { handed: part, delivery }, phase.isHealthy);
      for (const [id, word] of now) said.set(id, word);
    }
    if (!phase.isHealthy && world.chance(plan.extends)) await shortenExtended(worker, handed, said);
    if (!phase.isHealthy && world.chance(plan.twice))
      await acknowledgeAnew(worker, { handed, delivery }, said);
  }
}

function partsOf(
  { world }: Deployment,
  plan: ConsumerPlan,
  handed: readonly Handed[],
): readonly (readonly Handed[])[] {
  if (handed.length < 2 || !world.chance(plan.parts)) return [handed];
  const middle = handed.length >> 1;
  return [handed.slice(0, middle), handed.slice(middle)];
}

/** Waits for the next beat, so that what the consumers of a service ask for meets. */
async function beat({ world }: Deployment, { isEmbedded }: ConsumerPlan): Promise<void> {
  if (isEmbedded) await world.sleep(BEAT_MS - (world.nowMs % BEAT_MS));
}

const kindOf = ({ isEmbedded }: ConsumerPlan): Kind => (isEmbedded ? "service" : "api");

const askedBy = ({ deployment: { world }, plan, name }: Worker) => ({
  maxMessages: world.between(1, plan.maxMessages),
  waitSeconds: world.between(0, 2),
  consumer: { name },
});

async function take(worker: Worker): Promise<Taken> {
  const { functions, plan } = worker;
  const request = askedBy(worker);
  const watch = watching(worker, request);
  const ended = await functions.invoke(
    kindOf(plan),
    async (engine) => watch(await receiveWaiting(engine, plan.topic, plan.subscription, request)),
    `receive ${plan.subscription}`,
  );
  return ended.kind === "answered" ? ended.value : { handed: [] };
}

/** Looks at what is handed out where it is answered: whether the answer arrives is another matter. */
function watching(
  { deployment: { world, monitor }, plan: { subscription }, name }: Worker,
  { waitSeconds }: { readonly waitSeconds: number },
): (handed: readonly Handed[]) => Taken {
  const sinceMs = world.nowMs;
  const lying = monitor.keys.lying(subscription);
  return (handed) => {
    const watched = handed[0] && monitor.places.ofReceipt(handed[0].receipt);
    monitor.journals.handed(watched?.subscription, handed);
    const delivery = watched && monitor.deliveries.delivered(watched.subscription, handed, name);
    if (handed.length === 0 && waitSeconds > 0) monitor.gotNothing(subscription, sinceMs);
    if (handed.length === 0 && waitSeconds > 0) monitor.keys.gotNothing(subscription, lying);
    return { handed, ...(delivery ? { delivery } : {}) };
  };
}

/** What a consumer has said of a message. `given-back?`: it does not know whether that went through. */
type Said = "done" | "extended" | "given-back" | "given-back?";

async function settleAll(
  worker: Worker,
  { handed, delivery }: Received,
  isHealthy: boolean,
): Promise<ReadonlyMap<string, Said>> {
  const { deployment, plan } = worker;
  const { world, monitor } = deployment;
  const settlements = handed.map((message): Settlement => {
    const { receipt } = message;
    const isSick = plan.failsKey !== undefined && message.key === plan.failsKey;
    if (!isHealthy && (isSick || isFrom(plan.failsFrom, message)))
      return { receipt, outcome: "retry", delaySeconds: 0 };
    if (!isHealthy && world.chance(plan.retries)) {
      const delay = world.chance(0.5) ? { delaySeconds: world.between(0, 20) } : {};
      return { receipt, outcome: "retry", ...delay };
    }
    if (!isHealthy && world.chance(plan.rejects)) return { receipt, outcome: "reject", error: "no" };
    if (!isHealthy && world.chance(plan.extends))
      return { receipt, outcome: "extend", ackDeadlineSeconds: world.pick([60, 60, 2, 0]) };
    return { receipt, outcome: "ack" };
  });
  const saidAs = (outcome: Settlement["outcome"]): readonly string[] =>
    handed.flatMap(({ id }, index) => (settlements[index]?.outcome === outcome ? [id] : []));
  const [acked, rejected] = [saidAs("ack"), saidAs("reject")];
  monitor.deliveries.saidDone(delivery, acked);
  monitor.deliveries.saidRejected(delivery, rejected, false);
  monitor.journals.says(settlements);
  const oks = await send(worker, handed, settlements, plan.settlesWithReceive);
  const told = (ids: readonly string[]) => ids.filter((id) => oks.has(id));
  monitor.deliveries.settled(delivery, told(acked));
  monitor.deliveries.saidRejected(delivery, told(rejected), true);
  return new Map(handed.map(({ id }, index) => [id, saidBy(settlements[index] as Settlement, oks.has(id))]));
}

/** Those of which it was answered that their word counts. `bringsMore`: it receives with the same request. */
async function send(
  worker: Worker,
  handed: readonly Handed[],
  settlements: readonly Settlement[],
  bringsMore = false,
): Promise<ReadonlySet<string>> {
  const { functions, plan } = worker;
  const { topic, subscription } = plan;
  const what = `settle ${handed.map(({ id }, index) => `${settlements[index]?.outcome} ${id}`).join()}`;
  if (!bringsMore || worker.brought) {
    const ended = await functions.invoke(
      kindOf(plan),
      (engine) => settle(engine, topic, subscription, settlements),
      what,
    );
    return ended.kind === "answered" ? oksOf(handed, ended.value) : new Set();
  }
  const request = askedBy(worker);
  // A failed settlement ends it before its time.
  const watch = watching(worker, { waitSeconds: 0 });
  const ended = await functions.invoke(
    kindOf(plan),
    async (engine) => {
      const answer = await settleAndReceiveWaiting(engine, topic, subscription, settlements, request);
      return { results: answer.results, taken: watch(answer.handed) };
    },
    `${what} and receive`,
  );
  if (ended.kind !== "answered") return new Set();
  worker.brought = ended.value.taken;
  return oksOf(handed, ended.value.results);
}

const oksOf = (handed: readonly Handed[], results: readonly SettleResult[]): ReadonlySet<string> =>
  new Set(handed.flatMap(({ id }, index) => (results[index]?.kind === "ok" ? [id] : [])));

function saidBy(settlement: Settlement, isOk: boolean): Said {
  if (settlement.outcome === "ack") return "done";
  const isBack = settlement.outcome !== "extend" || settlement.ackDeadlineSeconds === 0;
  if (!isBack) return "extended";
  return isOk ? "given-back" : "given-back?";
}

/** Hands back what it has extended before, though its new deadline is far away: at once or in a moment. */
async function shortenExtended(
  worker: Worker,
  handed: readonly Handed[],
  said: Map<string, Said>,
): Promise<void> {
  const extended = handed.filter(({ id }) => said.get(id) === "extended");
  if (extended.length === 0) return;
  const { world } = worker.deployment;
  await world.sleep(world.between(0, SHORTENED_AFTER_MS));
  const ackDeadlineSeconds = world.pick([0, 2]);
  await send(
    worker,
    extended,
    extended.map(({ receipt }) => ({ receipt, outcome: "extend", ackDeadlineSeconds })),
  );
  for (const { id } of extended) said.set(id, "given-back?");
}

/** Acknowledges all of it once more; now and then also what it has given back, which must not count any more. */
async function acknowledgeAnew(
  worker: Worker,
  { handed, delivery }: Received,
  said: ReadonlyMap<string, Said>,
): Promise<void> {
  const { world, monitor } = worker.deployment;
  const recants = world.chance(0.5);
  const asked = handed.filter(({ id }) => {
    const word = said.get(id);
    return word === "given-back" ? recants : word !== "given-back?";
  });
  if (asked.length === 0) return;
  const [back, kept] = [true, false].map((isBack) =>
    asked.flatMap(({ id }) => ((said.get(id) === "given-back") === isBack ? [id] : [])),
  ) as [string[], string[]];
  monitor.deliveries.saidDone(delivery, kept);
  const settlements = asked.map(({ receipt }): Settlement => ({ receipt, outcome: "ack" }));
  monitor.journals.says(settlements);
  const oks = await send(worker, asked, settlements);
  monitor.deliveries.settled(
    delivery,
    kept.filter((id) => oks.has(id)),
  );
  monitor.deliveries.recanted(
    delivery,
    back.filter((id) => oks.has(id)),
  );
}
