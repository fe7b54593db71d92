import { systemRandom } from "../lib/adapters/system/random.js";
import type { MessageContent } from "../lib/domain/message.js";
import { append } from "../lib/operations/log/append.js";
import type { Engine } from "../lib/operations/engine.js";
import { publish } from "../lib/operations/publish/publish.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { type BareSlots, bareSlots } from "./bare.js";
import { type Row, showGoals } from "./goals.js";
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
const START_MS = 3_000;
/** Everything stays in its slot: what is compared is the way to claim a place, and not S3. */
const INLINE_LIMIT_BYTES = 350_000;
const BATCHES = [1, 100, 250];
const POOL_BATCHES = 20;

/** To conflict-free puts of the same batch. */
const SINGLE_GOAL = 0.85;
const BATCH_GOAL = 0.5;
/** What 6,000 a second are to the 1,900 puts that the same machine does at its best. */
const PACKED_GOAL = 3.2;

/** A way to put a batch into the log. */
interface Way {
  readonly name: string;
  /** The least that it should reach, to conflict-free puts. */
  readonly goal?: number;
  readonly put: (worker: number, batch: readonly MessageContent[]) => Promise<unknown>;
  readonly races?: Races;
}

interface Writers {
  readonly name: string;
  readonly goal?: number;
  readonly partitions: number;
  /** @default as many as there are writers */
  readonly processes?: number;
}

/** Processes, each with what it remembers of its own, on tables of their own. */
async function sluice(
  store: Store,
  { name, goal, partitions, processes = WRITERS }: Writers,
  put: (writer: Engine, batch: readonly MessageContent[]) => Promise<unknown>,
): Promise<Way> {
  const db = await store.newTables();
  const races = racing();
  const settings = { inlineLimitBytes: INLINE_LIMIT_BYTES };
  const writers = Array.from({ length: processes }, () => processOn(db, races.around(db), settings));
  await putTopic(writers[0] as Engine, TOPIC, { partitions });
  const writerOf = (worker: number): Engine => writers[worker % processes] as Engine;
  const way: Way = { name, put: (worker, batch) => put(writerOf(worker), batch), races };
  return goal === undefined ? way : { ...way, goal };
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
    await sluice(
      store,
      {
        name: "publish: spreads, and stays",
        partitions: PARTITIONS,
        goal: batchSize === 1 ? SINGLE_GOAL : BATCH_GOAL,
      },
      publishing,
    ),
    await sluice(store, { name: "publish, one partition only", partitions: 1 }, publishing),
    ...(batchSize === 1 ? await waysOfSingles(store) : []),
  ];
}

const waysOfSingles = async (store: Store): Promise<readonly Way[]> => [
  await sluice(
    store,
    { name: "publish, all in one process", partitions: PARTITIONS, processes: 1, goal: PACKED_GOAL },
    publishing,
  ),
  await sluice(store, { name: "a partition anew each time", partitions: PARTITIONS }, pickingAnew),
];

interface Round {
  readonly perSecond: number;
  /** To the conflict-free puts of the same round. */
  readonly ratio: number;
  readonly lossesPerAppend: number;
}

interface Measured {
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Row[];
}

async function measure(store: Store, batchSize: number): Promise<Measured> {
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
  return {
    rows: ways.map((way) => rowOf(batchSize, way, starts.get(way), rounds.get(way) ?? [])),
    goals: ways.flatMap((way) => goalOf(batchSize, way, rounds.get(way) ?? [])),
  };
}

function goalOf(batchSize: number, { name, goal }: Way, rounds: readonly Round[]): readonly Row[] {
  if (goal === undefined) return [];
  const ratio = median(rounds.map((round) => round.ratio));
  const what = `${name}, batches of ${batchSize}, to conflict-free puts`;
  return [{ what, measured: fixed(ratio), goal: `>= ${fixed(goal)}`, holds: ratio >= goal }];
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

export async function runAppend(): Promise<boolean> {
  const rows: (readonly string[])[] = [];
  const goals: Row[] = [];
  await withStore(async (store) => {
    for (const batchSize of BATCHES) {
      const measured = await measure(store, batchSize);
      rows.push(...measured.rows);
      goals.push(...measured.goals);
    }
  });
  show(["batch", "way", "messages/s", "ratio", "lost races per append: at first", "then"], rows, [
    `${WRITERS} writers with one append each in flight; ${PARTITIONS} partitions; JSON orders of 1 KB`,
    `medians over ${ROUNDS} rounds of ${ROUND_MS} ms of each way in turn; ratios are taken within a round`,
    `inline limit ${whole(INLINE_LIMIT_BYTES)} bytes: every slot holds its own bytes`,
    "all in one process: publishes that are in flight at once share slots",
  ]);
  return showGoals(goals, []);
}
