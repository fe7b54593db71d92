import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { driven } from "../ports-around.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { MOVE_ITEMS_LIMIT, type Move } from "../../../lib/domain/progress/records.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { checksumOf } from "../../../lib/domain/slot-codec.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { type Consumption, ack, bodies, publishEach, receive, retry, withAudit } from "../a-consumer.js";
import { LANE_WIDTH, aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

type Audit = Consumption<Awaited<ReturnType<typeof withAudit>>["clock"]>;

/** Changes the slot with this number as it is stored. */
function damage({ storage }: Audit, index: number, change: (slot: Slot) => Slot): void {
  for (const slots of storage.logs.values()) slots.splice(index, 1, change(slots[index] as Slot));
}

const garbage = new TextEncoder().encode("no slot");
const holding = (slot: Slot, bytes: Uint8Array): Slot => ({ ...slot, content: { kind: "inline", bytes } });

/** Every way for a slot to be unreadable, by the reason that is told. */
const POISONS: readonly [reason: string, change: (slot: Slot) => Slot][] = [
  ["undecodable", (slot) => ({ ...holding(slot, garbage), checksum: checksumOf(garbage) })],
  ["checksum-mismatch", (slot) => holding(slot, garbage)],
  ["undecodable", (slot) => ({ ...slot, unpackedBytes: slot.unpackedBytes - 1 })],
  [
    "segment-missing",
    (slot) => ({ ...slot, content: { kind: "segment", key: "segments/1d/gone", sizeBytes: 9 } }),
  ],
];
const [, mangled] = POISONS[1] as (typeof POISONS)[number];

const setAsideOf = async (engine: Engine, name = "audit") => {
  const { subscription } = await findSubscription(engine, "orders", name);
  return (await engine.progress.setAside(subscription, { limit: 1_000 })).items;
};
const told = ({ telemetry }: Audit) => telemetry.events.filter(({ name }) => name === "slot-set-aside");

/** Three slots, the second of which, with two messages, cannot be read. */
async function poisoned(
  change: (slot: Slot) => Slot,
  settings?: Parameters<typeof withAudit>[0],
): Promise<Audit> {
  const audit = await withAudit(settings);
  const publishOne = (...names: readonly string[]) =>
    publishTexts(audit.engine, "orders", ...names.map((body) => aText(body, { key: "k" })));
  await publishOne("before");
  await publishOne("x", "y");
  await publishOne("after");
  damage(audit, 1, change);
  return audit;
}

/** Has a pump deliver what a push subscription gets, until it ends. */
async function pumped(audit: Audit, maxConcurrency: number): Promise<readonly unknown[]> {
  const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:ship";
  const target = { type: "lambda", functionArn } as const;
  const made = await putSubscription(audit.engine, "orders", "ship", {
    target,
    maxConcurrency,
    from: "earliest",
  });
  const delivered: unknown[] = [];
  audit.subscriber.handlers.set("ship", async (messages) => {
    delivered.push(...bodies(messages));
    return { kind: "answered", failedIds: new Set() };
  });
  const { topic, name, uid } = made.value;
  for (let lane = 0; lane < Math.ceil(maxConcurrency / LANE_WIDTH); lane++) {
    const ref = { subscription: { topic, name, uid }, lane };
    // A pump sleeps beside itself: its test moves the time.
    const clock = memoryClock(audit.clock.nowMs());
    const deadlineMs = clock.nowMs() + 15 * MINUTE_MS;
    await driven(
      clock,
      pump(
        audit.process(() => ({ clock })),
        ref,
        { deadlineMs },
      ),
    );
  }
  return delivered;
}

describe.each(POISONS)("a slot that is unreadable for the reason %s", (reason, change) => {
  const what = { partition: 0, count: 2, reason };

  it("is set aside and told of, and the rest is received", async () => {
    const audit = await poisoned(change);
    const consumer = audit.process();
    const received = await receive(consumer);
    expect(bodies(received)).toEqual(["before", "after"]);
    await ack(consumer, received);
    expect(await receive(consumer)).toEqual([]);
    expect(await setAsideOf(consumer)).toMatchObject([{ ...what, atMs: audit.clock.nowMs() }]);
    expect(told(audit)).toMatchObject([{ level: "error", fields: { topic: "orders", ...what } }]);
  });

  it.each([
    ["one pump", 10, "none"],
    ["several pumps", 40, "none"],
    ["a pump in order", 10, "key"],
  ] as const)(
    "is set aside and told of by %s, and the rest is delivered",
    async (_, maxConcurrency, ordering) => {
      const audit = await poisoned(change, { topic: { ordering, partitions: 1 } });
      expect(await pumped(audit, maxConcurrency)).toEqual(["before", "after"]);
      expect(await setAsideOf(audit.engine, "ship")).toMatchObject([what]);
      expect(told(audit)).toMatchObject([{ level: "error", fields: { topic: "orders", ...what } }]);
    },
  );

  it("is set aside when its messages come to be handed out again", async () => {
    // GIVEN messages that were handed out before their slot was damaged
    const { clock, ...audit } = await withAudit();
    await publishTexts(audit.engine, "orders", aText("x"), aText("y"));
    await publishEach(audit.engine, "after");
    await retry(audit.engine, await receive(audit.engine));
    damage({ ...audit, clock }, 0, change);
    // WHEN
    const received = await receive(audit.process());
    // THEN
    expect(received).toMatchObject([{ body: "after", attempt: 2 }]);
    expect(await setAsideOf(audit.engine)).toMatchObject([what]);
    expect(await ack(audit.engine, received)).toEqual(["ok"]);
    clock.advance(MINUTE_MS);
    expect(await receive(audit.process())).toEqual([]);
  });
});

it("a slot whose bytes cannot be had for now is not set aside", async () => {
  const audit = await withAudit();
  await publishTexts(audit.process(undefined, { inlineLimitBytes: 0 }), "orders", aText("x"));
  let isDown = true;
  const consumer = audit.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (isDown && name === "segments.get") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  await expect(receive(consumer)).rejects.toMatchObject({ code: "storage-unavailable" });
  isDown = false;
  expect(bodies(await receive(consumer))).toEqual(["x"]);
  expect(await setAsideOf(consumer)).toEqual([]);
});

/** Three objects, of which the first fails for as long as the test says, or all of them do. */
async function withFailing(which: "first" | "all") {
  const audit = await withAudit({ topic: { partitions: 1 } });
  const publisher = audit.process(undefined, { inlineLimitBytes: 0 });
  for (const body of ["a", "b", "c"]) await publishTexts(publisher, "orders", aText(body));
  const [first] = audit.storage.segments.keys();
  const consumer = audit.process(
    (ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const fails = name === "segments.get" && (which === "all" || args[0] === first);
        if (fails) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    { slotCacheBytes: 0 },
  );
  return { ...audit, consumer };
}

const MANY_TRIES = 12;

it("GIVEN one object that fails for minutes WHEN others can be read THEN it is set aside", async () => {
  const { consumer, clock } = await withFailing("first");
  for (let time = 0; time < MANY_TRIES; time++) {
    // Another subscription of the same process reads what lies behind.
    consumer.caches.segmentReadAtMs = clock.nowMs();
    await receive(consumer).catch(() => []);
    clock.advance(MINUTE_MS);
  }
  expect(await setAsideOf(consumer)).toMatchObject([{ reason: "segment-unavailable", count: 1 }]);
});

it("GIVEN a store that fails as a whole WHEN it does for minutes THEN nothing is set aside", async () => {
  const { consumer, clock } = await withFailing("all");
  for (let time = 0; time < MANY_TRIES; time++) {
    await receive(consumer).catch(() => []);
    clock.advance(MINUTE_MS);
  }
  expect(await setAsideOf(consumer)).toEqual([]);
});

describe("hundreds of unreadable slots in a row", () => {
  const COUNT = 250;

  /** Ports whose store takes no more than one transaction does. */
  const limited = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === "progress.move") {
        const { cursor, put = [], remove = [], setAside = [] } = args[1] as Move;
        const items = put.length + remove.length + setAside.length + (cursor ? 1 : 0);
        if (items > MOVE_ITEMS_LIMIT) throw new Error(`${items} items are too many for one move`);
      }
      return await carryOut();
    });

  async function ruined(): Promise<Audit> {
    const audit = await withAudit();
    await publishEach(audit.engine, ...names(COUNT), "after");
    for (let index = 0; index < COUNT; index++) damage(audit, index, mangled);
    return audit;
  }

  it("are all set aside by a consumer, in moves that a store can take", async () => {
    const audit = await ruined();
    const consumer = audit.process(limited);
    expect(bodies(await receive(consumer, 1_000))).toEqual(["after"]);
    expect(await setAsideOf(consumer)).toHaveLength(COUNT);
  });

  it("are all set aside by a pump, in moves that a store can take", async () => {
    const audit = await ruined();
    const limitedAudit = { ...audit, process: () => audit.process(limited) };
    expect(await pumped(limitedAudit, 10)).toEqual(["after"]);
    expect(await setAsideOf(audit.engine, "ship")).toHaveLength(COUNT);
  });

  it("are all set aside where they were handed out before", async () => {
    const audit = await withAudit();
    await publishEach(audit.engine, ...names(COUNT), "after");
    await retry(audit.engine, await receive(audit.engine, 1_000));
    for (let index = 0; index < COUNT; index++) damage(audit, index, mangled);
    const consumer = audit.process(limited);
    const received: unknown[] = [];
    for (let look = 0; look < 10; look++) received.push(...bodies(await receive(consumer, 1_000)));
    expect(received).toEqual(["after"]);
    expect(await setAsideOf(consumer)).toHaveLength(COUNT);
  });
});
