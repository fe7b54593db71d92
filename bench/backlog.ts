import type { DynamoDb } from "../lib/adapters/dynamodb/client.js";
import type { StartFrom } from "../lib/domain/subscription.js";
import type { Reader } from "../lib/domain/reader.js";
import { receive } from "../lib/operations/consume/receive.js";
import { settleLeases } from "../lib/operations/consume/settle.js";
import type { Engine } from "../lib/operations/engine.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { publish } from "../lib/operations/publish/publish.js";
import { type Meter, meter } from "../local/dynamodb-meter.js";
import { type Row, showGoals } from "./goals.js";
import { fixed, median, whole } from "./measure.js";
import { messages } from "./messages.js";
import { processOn, withStore } from "./store.js";

const SMALL = 1_000;
const LARGE = 1_000_000;
const SLOT_MESSAGES = 500;
/** Bodies come again and again: to make a million different ones takes longer than to publish them. */
const POOL_SLOTS = 8;
const MAX_MESSAGES = 50;
/** Less than the small backlog, so that no receive finds its end. */
const RECEIVES = 18;
const ROUNDS = 40;
const DROPPED_ROUNDS = 5;
const WITHIN = 1.2;
const TOPIC = "orders";
const SETTINGS = { inlineLimitBytes: 350_000 };

interface Backlog {
  readonly db: DynamoDb;
  readonly publisher: Engine;
  /** When the half of it was published. */
  readonly middleMs: number;
}

/** One consumer's receives, from its first call on. */
interface Round {
  readonly perSecond: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

async function fill(db: DynamoDb, count: number): Promise<Backlog> {
  const publisher = processOn(db, {}, SETTINGS);
  await putTopic(publisher, TOPIC, {});
  const pool = messages("orders", POOL_SLOTS * SLOT_MESSAGES);
  let middleMs = 0;
  for (let from = 0; from < count; from += SLOT_MESSAGES) {
    const at = from % pool.length;
    const results = await publish(publisher, TOPIC, pool.slice(at, at + SLOT_MESSAGES));
    if (results.some(({ kind }) => kind === "failed")) throw new Error("a message was not stored");
    if (from < count / 2) middleMs = Date.now();
  }
  return { db, publisher, middleMs };
}

/** A new process, and a new subscription that starts at `from`. */
async function round({ db, publisher }: Backlog, name: string, from: StartFrom, cost: Meter): Promise<Round> {
  const subscription = (await putSubscription(publisher, TOPIC, name, { from })).value;
  const topic = await publisher.topics.get(TOPIC);
  if (!topic) throw new Error(`there is no topic ${TOPIC}`);
  const reader: Reader = { topic, subscription };
  const consumer = processOn(db, {}, SETTINGS);
  cost.take();
  cost.takeReads();
  const startedMs = performance.now();
  for (let call = 0; call < RECEIVES; call++) {
    const handed = await receive(consumer, reader, { maxMessages: MAX_MESSAGES });
    if (handed.length !== MAX_MESSAGES) throw new Error(`a receive brought ${handed.length} messages`);
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    const said = await settleLeases(consumer, reader, acks);
    if (said.some(({ kind }) => kind === "failed")) throw new Error("a message was not acknowledged");
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const count = RECEIVES * MAX_MESSAGES;
  return {
    perSecond: count / seconds,
    readUnits: cost.takeReads() / count,
    writeUnits: cost.take() / count,
  };
}

/** The row of one figure of a place in the large backlog beside the small one's. `most`: what the ratio may be. */
function rowOf(
  what: string,
  digits: number,
  [small, large]: readonly [readonly Round[], readonly Round[]],
  value: (round: Round) => number,
  costs: (small: number, large: number) => number,
): Row {
  const ratio = median(small.map((one, at) => costs(value(one), value(large[at] ?? one))));
  const shown = [small, large].map((rounds) => median(rounds.map(value))).map((each) => fixed(each, digits));
  return {
    what,
    measured: `${shown.join(" to ")}: ${fixed(ratio)} times as dear`,
    goal: `${WITHIN} times`,
    holds: ratio <= WITHIN,
  };
}

export async function runBacklog(): Promise<boolean> {
  let holds = false;
  await withStore(async (store) => {
    const cost = meter(store.client);
    const startedMs = performance.now();
    const large = await fill(await store.newTables(), LARGE);
    const seconds = (performance.now() - startedMs) / 1_000;
    const small = await fill(await store.newTables(), SMALL);
    const middle: StartFrom = { timeMs: large.middleMs };
    const rounds: Record<"small" | "first" | "middle", Round[]> = { small: [], first: [], middle: [] };
    for (let turn = 0; turn < ROUNDS; turn++) {
      rounds.first.push(await round(large, `first-${turn}`, "earliest", cost));
      rounds.small.push(await round(small, `small-${turn}`, "earliest", cost));
      rounds.middle.push(await round(large, `middle-${turn}`, middle, cost));
    }
    const late = (all: readonly Round[]): readonly Round[] => all.slice(DROPPED_ROUNDS);
    const rows = (["first", "middle"] as const).flatMap((place) => {
      const beside = [late(rounds.small), late(rounds[place])] as const;
      const where = place === "first" ? "its first messages" : "from its middle on";
      return [
        rowOf(
          `${where}: received and acked/s`,
          0,
          beside,
          (one) => one.perSecond,
          (few, many) => few / many,
        ),
        rowOf(
          `${where}: read units a message`,
          4,
          beside,
          (one) => one.readUnits,
          (few, many) => many / few,
        ),
        rowOf(
          `${where}: write units a message`,
          4,
          beside,
          (one) => one.writeUnits,
          (few, many) => many / few,
        ),
      ];
    });
    holds = showGoals(rows, [
      `a backlog of ${whole(SMALL)} beside one of ${whole(LARGE)}, orders of 1 KB in slots of ${SLOT_MESSAGES}`,
      `${RECEIVES} receives of ${MAX_MESSAGES} and their acknowledgements, by a new process and a new subscription`,
      `medians over ${ROUNDS - DROPPED_ROUNDS} rounds in turns; ratios within a round`,
      `the large backlog was filled in ${fixed(seconds, 0)} s, ${whole(LARGE / seconds)} messages/s`,
    ]);
  });
  return holds;
}
