import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { memoryPorts } from "../../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { MemoryStarter } from "../../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { MemorySubscriber } from "../../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../../lib/adapters/memory/telemetry.js";
import type { Doorbell } from "../../../lib/domain/pump-start.js";
import type { Ports } from "../../../lib/operations/engine.js";
import {
  anchorAfter,
  NOW_MS,
  aCursor,
  aLease,
  aPartition,
  aSlot,
  aSubscription,
  aSubscriptionRef,
  aTopic,
} from "../../contract/builders.js";
import type { Handed } from "../../../lib/domain/handed.js";

/** One process of the deployment whose storage it is. */
const aProcess = (storage: MemoryStorage, seed = 1): Ports =>
  memoryPorts(storage, {
    clock: memoryClock(NOW_MS),
    random: seededRandom(seed),
    telemetry: new MemoryTelemetry(),
    starter: new MemoryStarter(),
    subscriber: new MemorySubscriber(),
  });

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };

describe("a storage in memory", () => {
  it("is the same for all processes on it, and another for those on another", async () => {
    // GIVEN
    const storage = new MemoryStorage();
    const [one, other, stranger] = [aProcess(storage), aProcess(storage, 2), aProcess(new MemoryStorage())];
    const partition = aPartition();
    // WHEN
    await one.log.append(partition, aSlot());
    // THEN
    expect((await other.log.tail(partition))?.base).toBe(0);
    expect(await stranger.log.tail(partition)).toBeUndefined();
  });

  it("rings for every slot that is stored, with its end, and for no other append", async () => {
    // GIVEN
    const storage = new MemoryStorage();
    const { log } = aProcess(storage);
    const rung: Doorbell[] = [];
    const stop = storage.onAppend((bell) => rung.push(bell));
    const partition = aPartition(3);
    const slot = aSlot({ base: 0 });
    // WHEN
    await log.append(partition, slot);
    await log.append(partition, slot);
    await log.append(partition, aSlot({ base: 0 }));
    await log.append(partition, aSlot({ base: 1 }), { anchorVersion: 5 });
    await log.append(partition, aSlot({ base: 1 }), { anchorVersion: 0 });
    stop();
    await log.append(partition, aSlot({ base: 2 }));
    // THEN
    expect(rung).toEqual([
      { ...partition, end: 1, slot: { header: { kind: "none" }, count: 1, unpackedBytes: 4 } },
      { ...partition, end: 2, slot: { header: { kind: "none" }, count: 1, unpackedBytes: 4 } },
    ]);
  });

  it("loses slots as TTL takes them, in any order", async () => {
    // GIVEN
    const storage = new MemoryStorage();
    const { log } = aProcess(storage);
    const partition = aPartition();
    for (const base of [0, 1, 2, 3]) await log.append(partition, aSlot({ base }));
    // WHEN
    const removed = [2, 0, 2, 9].map((base) => storage.removeSlot(partition, base));
    // THEN
    expect(removed).toEqual([true, true, false, false]);
    expect((await log.read(partition, 0, 10)).slots.map(({ base }) => base)).toEqual([1, 3]);
    storage.removeSlot(partition, 3);
    expect((await log.tail(partition))?.base).toBe(1);
    expect(storage.removeSlot(aPartition(), 0)).toBe(false);
  });

  it("keeps the anchor when TTL empties a partition", async () => {
    const storage = new MemoryStorage();
    const { log } = aProcess(storage);
    const partition = aPartition(2);
    await log.append(partition, aSlot(), { anchorVersion: 0 });
    storage.removeSlot(partition, 0);
    expect(await log.tail(partition)).toBeUndefined();
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
    expect([...(await log.anchors(partition.topic)).keys()]).toEqual([2]);
  });

  it("answers one step later, and does its work in one", async () => {
    // GIVEN two writers that both saw an empty place
    const { log } = aProcess(new MemoryStorage());
    const partition = aPartition();
    const [first, second] = [log.append(partition, aSlot()), log.append(partition, aSlot())];
    const read = log.read(partition, 0, 10);
    // THEN the calls are served in the order that they were made in
    expect(await Promise.all([first, second])).toMatchObject([{ kind: "stored" }, { kind: "lost" }]);
    expect((await read).slots).toHaveLength(1);
  });

  it("appends and reads a log of 100,000 slots without a walk through it", async () => {
    // GIVEN
    const { log } = aProcess(new MemoryStorage());
    const partition = aPartition();
    const slots = 100_000;
    const slot = aSlot();
    // WHEN
    let found = 0;
    for (let base = 0; base < slots; base++)
      await log.append(partition, { ...slot, base, nonce: String(base) });
    for (let from = 0; from < slots; from++)
      if ((await log.read(partition, from, 1)).slots[0]?.base === from) found++;
    // THEN a walk for each of these would have taken 10 billion steps
    expect(found).toBe(slots);
  }, 30_000);
});

describe("what is stored in memory is nobody else's", () => {
  it("whether it went in or came out: slots", async () => {
    // GIVEN
    const { log } = aProcess(new MemoryStorage());
    const partition = aPartition();
    const bytes = new Uint8Array([1, 2, 3]);
    await log.append(partition, aSlot({ content: { kind: "inline", bytes } }));
    const stored = await log.slotAt(partition, 0);
    // WHEN
    bytes.fill(9);
    const out = (await log.slotAt(partition, 0)) as Mutable<NonNullable<typeof stored>>;
    out.count = 99;
    if (out.content.kind === "inline") (out.content.bytes as Uint8Array).fill(9);
    // THEN
    expect(await log.slotAt(partition, 0)).toEqual(stored);
  });

  it("whether it went in or came out: topics and subscriptions", async () => {
    // GIVEN
    const { topics, subscriptions } = aProcess(new MemoryStorage());
    const topic = aTopic();
    const subscription = aSubscription({ topic, startingPlaces: { 0: { head: 5, slotBase: 5 } } });
    await topics.create(topic);
    await subscriptions.create(subscription);
    const stored = await subscriptions.get(topic, subscription.name);
    // WHEN
    const there = (await topics.get(topic.name)) as Mutable<typeof topic>;
    const found = (await subscriptions.get(topic, subscription.name)) as Mutable<typeof subscription>;
    there.paused = "all";
    found.batch.maxMessages = 1;
    delete found.startingPlaces[0];
    // THEN
    expect(await topics.get(topic.name)).toEqual(topic);
    expect(await subscriptions.get(topic, subscription.name)).toEqual(stored);
    expect(stored?.topic).toEqual({ name: topic.name, uid: topic.uid });
  });

  it("whether it went in or came out: progress", async () => {
    // GIVEN
    const { progress } = aProcess(new MemoryStorage());
    const subscription = aSubscriptionRef();
    const lease = aLease();
    const next = aCursor({ open: ["a"] });
    const given = structuredClone({ lease, next }) as Mutable<{ lease: typeof lease; next: typeof next }>;
    await progress.move(subscription, { cursor: { partition: 0, next: given.next }, put: [given.lease] });
    // WHEN
    given.lease.done.push(1);
    given.next.open?.push("b");
    const due = (await progress.due(subscription, NOW_MS, 1)).found as Mutable<(typeof lease)[]>;
    due[0]?.spans.pop();
    const cursors = (await progress.cursors(subscription)) as Map<number, Mutable<typeof next>>;
    cursors.get(0)?.open?.pop();
    cursors.delete(0);
    // THEN
    expect(await progress.get(subscription, lease.id)).toEqual(lease);
    expect(await progress.cursor(subscription, 0)).toEqual(next);
  });

  it("and takes nothing along from the buffer that its bytes are a view of", async () => {
    const { log, segments } = aProcess(new MemoryStorage());
    const partition = aPartition();
    const view = new Uint8Array(1_000_000).subarray(10, 20);
    await log.append(partition, aSlot({ content: { kind: "inline", bytes: view } }));
    await segments.put("key", view);
    const slot = await log.slotAt(partition, 0);
    const bytes = slot?.content.kind === "inline" ? slot.content.bytes : undefined;
    expect([bytes?.buffer.byteLength, (await segments.get("key"))?.buffer.byteLength]).toEqual([10, 10]);
  });
});

describe("the functions of one process", () => {
  const ref = { subscription: aSubscriptionRef(), lane: 0 };
  const message = { id: "m", body: "{}", attributes: { a: 1 } } as unknown as Handed;

  it("are started by whoever plays them, and their starts kept where nobody does", async () => {
    // GIVEN
    const starter = new MemoryStarter();
    await starter.startPump(ref);
    await starter.startClock("owner");
    const played: unknown[] = [];
    // WHEN
    starter.handlers = { pump: (pump) => played.push(pump), clock: (owner) => played.push(owner) };
    await starter.startPump(ref);
    await starter.startClock("owner");
    // THEN
    expect([starter.startedPumps, starter.startedClocks]).toEqual([[ref], ["owner"]]);
    expect(played).toEqual([ref, "owner"]);
  });

  it("get a message of their own to do with as they like", async () => {
    // GIVEN
    const subscriber = new MemorySubscriber();
    const reader = { topic: aTopic(), subscription: aSubscription() };
    subscriber.handlers.set(reader.subscription.name, async (messages) => {
      delete (messages[0] as Mutable<Handed>).attributes?.a;
      return { kind: "answered", failedIds: new Set(["m"]) };
    });
    // WHEN
    const outcome = await subscriber.deliver(reader, [message]);
    // THEN
    expect(outcome).toEqual({ kind: "answered", failedIds: new Set(["m"]) });
    expect(message.attributes).toEqual({ a: 1 });
  });

  it("fail as an outcome, never by a throw", async () => {
    const subscriber = new MemorySubscriber();
    const reader = { topic: aTopic(), subscription: aSubscription() };
    expect(await subscriber.deliver(reader, [message])).toMatchObject({
      kind: "unavailable",
      reason: "missing",
    });
    subscriber.handlers.set(reader.subscription.name, () => Promise.reject(new Error("broken")));
    expect(await subscriber.deliver(reader, [message])).toEqual({
      kind: "failed",
      error: "Error: broken",
    });
  });
});
