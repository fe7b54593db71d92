import { systemRandom } from "../lib/adapters/system/random.js";
import type { MessageContent } from "../lib/domain/message.js";
import { append } from "../lib/operations/log/append.js";
import type { Engine } from "../lib/operations/engine.js";
import { publish } from "../lib/operations/publish/publish.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { type BareSlots, bareSlots } from "./bare.js";
import { fixed, keepBusy, median, perSecond, show, whole } from "./measure.js";
import { messages } from "./messages.js";
import { type Races, racing } from "./races.js";
import { type Store, processOn, withStore } from "./store.js";

const WRITERS = 16;
const PARTITIONS = 16;
const TOPIC = "orders";
const ROUNDS = 10;
const ROUND_MS = 700;
/** DynamoDB Local gets ten times faster while its Java warms up. */
const WARM_UP_MS = 9_000;
/** In which the writers find a partition each: not counted in the medians, and shown beside them. */
const START_MS = 1_500;
/** Everything stays in its slot: what is compared is the way to claim a place, and not S3. */
const INLINE_LIMIT_BYTES = 350_000;
const BATCHES = [1, 100, 250];
const POOL_BATCHES = 20;

/** A way to put a batch into the log. */
interface Way {
  readonly name: string;
  readonly put: (worker: number, batch: readonly MessageContent[]) => Promise<unknown>;
  readonly races?: Races;
}

/** 16 processes, each with what it remembers of its own, on tables of their own. */
async function sluice(
  store: Store,
  name: string,
  partitions: number,
  put: (writer: Engine, batch: readonly MessageContent[]) => Promise<unknown>,
): Promise<Way> {
  const db = await store.newTables();
  const races = racing();
  const settings = { inlineLimitBytes: INLINE_LIMIT_BYTES };
  const writers = Array.from({ length: WRITERS }, () => processOn(db, races.around(db), settings));
  await putTopic(writers[0] as Engine, TOPIC, { partitions });
  return { name, put: (worker, batch) => put(writers[worker] as Engine, batch), races };
}

const publishing = async (writer: Engine, batch: readonly MessageContent[]): Promise<void> => {
  const failed = (await publish(writer, TOPIC, batch)).find(({ kind }) => kind === "failed");
  if (failed?.kind === "failed") throw failed.error;
};

/** What staying is measured against. */
async function pickingAnew(writer: Engine, batch: readonly MessageContent[]): Promise<void> {
  const topic = await writer.topics.get(TOPIC);
  if (topic) await append(writer, topic, batch, () => systemRandom.below(PARTITIONS));
}

async function waysOf(store: Store, batchSize: number): Promise<readonly Way[]> {
  const slots = async (): Promise<BareSlots> => bareSlots(await store.newTables(), WRITERS);
  const [ready, encoding] = [await slots(), await slots()];
  return [
    { name: "conflict-free puts", put: (worker, batch) => ready.put(worker, batch) },
    {
      name: "the same, encoding each batch",
      put: (worker, batch) => encoding.put(worker, batch, { anew: true }),
    },
    await sluice(store, "publish: spreads, and stays", PARTITIONS, publishing),
    await sluice(store, "publish, one partition only", 1, publishing),
    ...(batchSize === 1 ? [await sluice(store, "a partition anew each time", PARTITIONS, pickingAnew)] : []),
  ];
}

interface Round {
  readonly perSecond: number;
  /** To the conflict-free puts of the same round. */
  readonly ratio: number;
  readonly lossesPerAppend: number;
}

async function measure(store: Store, batchSize: number): Promise<readonly (readonly string[])[]> {
  const ways = await waysOf(store, batchSize);
  const pool = messages("orders", batchSize * POOL_BATCHES);
  let turn = 0;
  const run = async ({ put, races }: Way, forMs: number): Promise<Round> => {
    const pace = await keepBusy(WRITERS, forMs, async (worker) => {
      const from = (turn++ % POOL_BATCHES) * batchSize;
      await put(worker, pool.slice(from, from + batchSize));
      return batchSize;
    });
    const { appends, lostAppends } = races?.take() ?? { appends: 1, lostAppends: 0 };
    return { perSecond: perSecond(pace), ratio: 1, lossesPerAppend: lostAppends / appends };
  };
  const [base] = ways as [Way];
  await run(base, batchSize === BATCHES[0] ? WARM_UP_MS : START_MS);
  const starts = new Map<Way, Round>();
  for (const way of ways) starts.set(way, await run(way, START_MS));
  const rounds = new Map<Way, Round[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    const inThis = new Map<Way, Round>();
    // Another one begins each round: what runs behind a way that fills the heap is slower for it.
    const turns = ways.map((_, at) => ways[(at + round) % ways.length] as Way);
    for (const way of turns) inThis.set(way, await run(way, ROUND_MS));
    const ofBase = inThis.get(base)?.perSecond ?? 1;
    for (const [way, one] of inThis) rounds.get(way)?.push({ ...one, ratio: one.perSecond / ofBase });
  }
  return ways.map((way) => rowOf(batchSize, way, starts.get(way), rounds.get(way) ?? []));
}

function rowOf(batchSize: number, { name, races }: Way, start: Round | undefined, rounds: readonly Round[]) {
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  const losses = races
    ? [fixed(start?.lossesPerAppend ?? 0), fixed(of(({ lossesPerAppend }) => lossesPerAppend))]
    : ["", ""];
  return [
    String(batchSize),
    name,
    whole(of((round) => round.perSecond)),
    fixed(of(({ ratio }) => ratio)),
    ...losses,
  ];
}

export async function runAppend(): Promise<void> {
  const rows: (readonly string[])[] = [];
  await withStore(async (store) => {
    for (const batchSize of BATCHES) rows.push(...(await measure(store, batchSize)));
  });
  show(["batch", "way", "messages/s", "ratio", "lost races per append: at first", "then"], rows, [
    `${WRITERS} writers with one append each in flight; ${PARTITIONS} partitions; JSON orders of 1 KB`,
    `medians over ${ROUNDS} rounds of ${ROUND_MS} ms of each way in turn; ratios are taken within a round`,
    `inline limit ${whole(INLINE_LIMIT_BYTES)} bytes: every slot holds its own bytes`,
    "target: publish, alone, at 0.8 of conflict-free puts of the same bytes or better",
  ]);
}
