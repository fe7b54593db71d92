import { dynamoDbLogStore } from "../lib/adapters/dynamodb/log/log-store.js";
import { systemClock } from "../lib/adapters/system/clock.js";
import { bareSlots } from "./bare.js";
import { type Row, showGoals } from "./goals.js";
import { bare, byKey, delivered, published, ratio, rowOf } from "./isolation/compared.js";
import type { NewProcess } from "./isolation/platform.js";
import { type SceneOptions, type Seen, ordered, unordered } from "./isolation/scene.js";
import { BAD } from "./isolation/subscribers.js";
import { inVirtualTime } from "./isolation/virtual.js";
import { fixed } from "./measure.js";
import { messages } from "./messages.js";
import { type Store, processOn, withStore } from "./store.js";

const VIRTUAL = { aSecond: 20, seconds: 12 };
/** A publish in forty reads its topic anew: with fewer, p99 is how long those reads happened to take. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
/** Where 1 is all: few enough that the emulator keeps up with six subscriptions. */
const REAL = { aSecond: 10, seconds: 10 };
const ROUNDS = 3;
const FIVE_GOOD = BAD.map((_, index) => `good-${index}`);
const FAILING_KEYS = 5;

const seeded = async (
  options: { readonly isOne?: boolean },
  play: (scene: SceneOptions) => Promise<Seen>,
): Promise<Seen[]> => {
  const all: Seen[] = [];
  for (const seed of SEEDS) all.push(await inVirtualTime({ ...VIRTUAL, ...options, seed }, play));
  return all;
};

function subscriptionRows(where: string, alone: readonly Seen[], beside: readonly Seen[]): Row[] {
  return [
    rowOf(`${where}: publish`, published(alone, beside)),
    rowOf("... the good subscription's delivery", delivered(alone, beside)),
  ];
}

function keyRows(alone: readonly Seen[], beside: readonly Seen[]): Row[] {
  const { others, apart, lostShare } = byKey(alone, beside, FAILING_KEYS);
  return [
    rowOf("... publish", published(alone, beside)),
    rowOf("... the other keys' delivery", others),
    { what: "... of these, not delivered", measured: `${fixed(100 * lostShare, 0)} %`, goal: "" },
    rowOf("... delivery in partitions that no failing key shares", apart),
  ];
}

async function inVirtual(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const isOne of [false, true]) {
    const alone = await seeded({ isOne }, (scene) => unordered(scene, []));
    const beside = await seeded({ isOne }, (scene) => unordered(scene, BAD));
    const where = isOne ? "one process for all" : "a process for each function";
    rows.push(...subscriptionRows(`virtual time, five bad subscriptions, ${where}`, alone, beside));
  }
  const alone = await seeded({}, (scene) => ordered(scene, 0));
  const beside = await seeded({}, (scene) => ordered(scene, FAILING_KEYS));
  const head = { what: "virtual time, five keys in a hundred failing", measured: "", goal: "" };
  return [...rows, head, ...keyRows(alone, beside)];
}

/** One after the other in turns, so that both meet the same machine. */
async function overDynamoDb(store: Store): Promise<Row[]> {
  const round = async (play: (scene: SceneOptions) => Promise<Seen>): Promise<Seen> => {
    const db = await store.newTables();
    const newProcess: NewProcess = ({ rings, starter, subscriber }) =>
      processOn(db, { starter, subscriber, log: rings(dynamoDbLogStore(db)) });
    const slots = bareSlots(db, 1);
    const bareWrite = (): Promise<void> => slots.put(0, messages("orders", 1));
    return await play({ clock: systemClock, newProcess, bareWrite, ...REAL });
  };
  // Java is slow in its first seconds.
  await round((scene) => unordered(scene, BAD));
  const [alone, beside, crowd]: [Seen[], Seen[], Seen[]] = [[], [], []];
  for (let number = 0; number < ROUNDS; number++) {
    alone.push(await round((scene) => unordered(scene, [])));
    beside.push(await round((scene) => unordered(scene, BAD)));
    crowd.push(await round((scene) => unordered(scene, FIVE_GOOD)));
  }
  // What six subscriptions take of the emulator is no fault of the bad ones, so nothing is asked of five good ones.
  const unasked = (rows: readonly Row[]): Row[] =>
    rows.map(({ what, measured }) => ({ what, measured, goal: "" }));
  return [
    ...subscriptionRows("DynamoDB Local, five bad subscriptions", alone, beside),
    ...unasked([rowOf("... a bare put of 1 KB meanwhile, by the same process", bare(alone, beside))]),
    {
      what: "... publish's ratio to the bare put's",
      measured: fixed(ratio(published(alone, beside)) / ratio(bare(alone, beside))),
      goal: "",
    },
    ...unasked([
      ...subscriptionRows("DynamoDB Local, five more good subscriptions", alone, crowd),
      rowOf("... a bare put meanwhile", bare(alone, crowd)),
    ]),
    ...unasked(
      subscriptionRows("DynamoDB Local, five bad ones, where there were five good ones", crowd, beside),
    ),
  ];
}

export async function runIsolation(): Promise<boolean> {
  const rows = await inVirtual();
  await withStore(async (store) => void rows.push(...(await overDynamoDb(store))));
  return showGoals(rows, [
    `the bad ones: ${BAD.join(", ")}; measured: p99 alone, p99 beside them, and the ratio`,
    `virtual time: ${VIRTUAL.aSecond} a second for ${VIRTUAL.seconds} s; ${SEEDS.length} seeds; 2 to 9 ms a call`,
    `DynamoDB Local: ${REAL.aSecond} a second for ${REAL.seconds} s, ${ROUNDS} rounds in turns, all in this process`,
    "20 ms from the put to the dispatcher, 15 ms from an invoke to its pump; the first 2 s of each dropped",
  ]);
}
