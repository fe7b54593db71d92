import { memorySegmentStore } from "../lib/adapters/memory/segment-store.js";
import { MemoryStorage } from "../lib/adapters/memory/storage.js";
import type { MessageContent } from "../lib/domain/message.js";
import type { SegmentStore } from "../lib/domain/ports/segment-store.js";
import { publish } from "../lib/operations/publish/publish.js";
import { receive } from "../lib/operations/consume/receive.js";
import { settleLeases } from "../lib/operations/consume/settle.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import type { Engine } from "../lib/operations/engine.js";
import { bareSlots } from "./bare.js";
import { withBucket } from "./bucket.js";
import { type Row, showGoals } from "./goals.js";
import { fixed, keepBusy, median, perSecond, show, whole } from "./measure.js";
import { type Kind, messages } from "./messages.js";
import { type Store, processOn, withStore } from "./store.js";

const BATCH = 250;
/** Of each publisher: a writer needs some until it has a partition to itself, which `append` shows. */
const WORKER_BATCHES = 60;
const ROUNDS = 5;
const WARM_UP_ROUNDS = 5;
/** A round ends when its batches are through, however long that takes. */
const NO_LIMIT_MS = 60_000;
const TOPIC = "orders";
const SUBSCRIPTION = "warehouse";
const INLINE_BYTES = 350_000;
const DEFAULT_INLINE_BYTES = 10_240;
const INLINE_ORDERS = "orders, inline";
/** Of orders inline, to bare puts of the same bytes that are encoded once. */
const PUBLISH_GOAL = 0.5;

interface Variant {
  readonly name: string;
  readonly kind: Kind;
  readonly inlineLimitBytes: number;
  readonly segments: SegmentStore;
  readonly inFlight: number;
}

interface Round {
  readonly put: number;
  readonly putEncoded: number;
  readonly publish: number;
  readonly query: number;
  readonly consume: number;
}

/** Gives each step the next batch, until all are used up. */
function batches({ kind, inFlight }: Variant): () => readonly MessageContent[] | undefined {
  const all = messages(kind, BATCH * WORKER_BATCHES * inFlight);
  let next = 0;
  return () => (next < all.length ? all.slice(next, (next += BATCH)) : undefined);
}

async function putAndQuery(
  store: Store,
  variant: Variant,
  options: { readonly anew: boolean },
): Promise<{ put: number; query: number }> {
  const { inFlight } = variant;
  const slots = bareSlots(await store.newTables(), inFlight);
  const nextToPut = batches(variant);
  const put = await keepBusy(inFlight, NO_LIMIT_MS, async (worker) => {
    const batch = nextToPut();
    if (batch) await slots.put(worker, batch, options);
    return batch?.length ?? 0;
  });
  const query = await keepBusy(inFlight, NO_LIMIT_MS, (worker) => slots.query(worker));
  return { put: perSecond(put), query: perSecond(query) };
}

async function publishAndConsume(
  store: Store,
  variant: Variant,
): Promise<{ publish: number; consume: number }> {
  const { inFlight, inlineLimitBytes, segments } = variant;
  const db = await store.newTables();
  const processes = () =>
    Array.from({ length: inFlight }, () => processOn(db, { segments }, { inlineLimitBytes }));
  const [publishers, consumers] = [processes(), processes()];
  const [first] = publishers as [Engine];
  const topic = (await putTopic(first, TOPIC, {})).value;
  const subscription = (await putSubscription(first, TOPIC, SUBSCRIPTION, {})).value;
  const nextToPublish = batches(variant);
  const ids = new Set<string>();
  const published = await keepBusy(inFlight, NO_LIMIT_MS, async (worker) => {
    const batch = nextToPublish();
    if (!batch) return 0;
    for (const result of await publish(publishers[worker] as Engine, TOPIC, batch)) {
      if (result.kind === "failed") throw result.error;
      ids.add(result.id);
    }
    return batch.length;
  });
  const consumed = await keepBusy(inFlight, NO_LIMIT_MS, async (worker) => {
    const consumer = consumers[worker] as Engine;
    const handed = await receive(consumer, { topic, subscription }, { maxMessages: BATCH });
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    for (const result of await settleLeases(consumer, { topic, subscription }, acks))
      if (result.kind === "failed") throw result.error;
    for (const { id } of handed) ids.delete(id);
    return handed.length;
  });
  if (ids.size > 0) throw new Error(`${ids.size} messages were published and never received`);
  return { publish: perSecond(published), consume: perSecond(consumed) };
}

async function round(store: Store, variant: Variant): Promise<Round> {
  const { put, query } = await putAndQuery(store, variant, { anew: false });
  const encoded = await putAndQuery(store, variant, { anew: true });
  return { put, query, putEncoded: encoded.put, ...(await publishAndConsume(store, variant)) };
}

async function measure(store: Store, variant: Variant): Promise<{ row: readonly string[]; toPuts: number }> {
  const rounds: Round[] = [];
  for (let at = 0; at < ROUNDS; at++) rounds.push(await round(store, variant));
  const of = (value: (one: Round) => number): number => median(rounds.map(value));
  const toPuts = of(({ publish, put }) => publish / put);
  const row = [
    variant.name,
    String(variant.inFlight),
    whole(variant.inlineLimitBytes),
    whole(of(({ publish }) => publish)),
    fixed(toPuts),
    fixed(of(({ putEncoded, put }) => putEncoded / put)),
    whole(of(({ consume }) => consume)),
    fixed(of(({ consume, query }) => consume / query)),
  ];
  return { row, toPuts };
}

export async function runThroughput(): Promise<boolean> {
  const rows: (readonly string[])[] = [];
  const goals: Row[] = [];
  await withStore((store) =>
    withBucket(async (s3) => {
      const memory = memorySegmentStore(new MemoryStorage());
      const inline = { inlineLimitBytes: INLINE_BYTES, segments: memory };
      const inS3 = { inlineLimitBytes: DEFAULT_INLINE_BYTES, segments: s3 };
      const variants: readonly Variant[] = [
        ...[1, 2, 4].map((inFlight) => ({
          name: INLINE_ORDERS,
          kind: "orders" as const,
          ...inline,
          inFlight,
        })),
        { name: "orders, segments in S3", kind: "orders", ...inS3, inFlight: 2 },
        { name: "noise, inline", kind: "noise", ...inline, inFlight: 2 },
        { name: "noise, segments in S3", kind: "noise", ...inS3, inFlight: 2 },
      ];
      const [first] = variants as [Variant];
      for (let at = 0; at < WARM_UP_ROUNDS; at++) await round(store, { ...first, inFlight: 2 });
      for (const variant of variants) {
        const { row, toPuts } = await measure(store, variant);
        rows.push(row);
        const { name, inFlight } = variant;
        const what = `${name}, ${inFlight} in flight: published, to bare puts`;
        const goal = `>= ${fixed(PUBLISH_GOAL)}`;
        if (name === INLINE_ORDERS)
          goals.push({ what, measured: fixed(toPuts), goal, holds: toPuts >= PUBLISH_GOAL });
      }
    }),
  );
  const head = ["messages of 1 KB", "in flight", "inline limit", "published/s", "to bare puts"];
  show([...head, "bare, encoding", "received and acked/s", "to bare queries"], rows, [
    `batches of ${BATCH}; medians over ${ROUNDS} rounds, ${WORKER_BATCHES} batches of each publisher`,
    "ratios are those within a round",
    "orders: JSON that deflate takes down to 0.3; noise: random bytes; S3: MiniStack's",
    "bare: puts and queries of items with the same bytes, encoded once, as many in flight, no S3",
    "bare, encoding: the same puts, each batch encoded, to those encoded once",
  ]);
  return showGoals(goals, []);
}
