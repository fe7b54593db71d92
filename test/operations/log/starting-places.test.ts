import fc from "fast-check";
import { parseMessageId } from "../../../lib/domain/message-id.js";
import {
  type PartitionRef,
  type Topic,
  parsePartitionKey,
  partitionOfKey,
} from "../../../lib/domain/topic.js";
import { startingPlaces } from "../../../lib/operations/log/starting-places.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText, publishTexts } from "../a-deployment.js";
import { recording } from "../ports-around.js";

const HOUR_MS = 3_600_000;
const AHEAD_MS = 5 * 60_000;
const PARTITIONS = 3;

/** What happens to a topic: a publish to a key after a while, or the store dropping what has expired, in no order. */
interface Step {
  readonly afterMs: number;
  readonly key: string;
  readonly count: number;
  readonly drops: boolean;
}

const aStep: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: HOUR_MS - 600_000, max: 3 * HOUR_MS }),
  ),
  key: fc.constantFrom("a", "b", "c", "d", "e"),
  count: fc.integer({ min: 1, max: 3 }),
  drops: fc.boolean(),
});

async function aTopic(deployment: Deployment): Promise<Topic> {
  const settings = { ordering: "key", partitions: PARTITIONS, retentionSeconds: 3_600 } as const;
  return (await putTopic(deployment.process(), "orders", settings)).value;
}

/** TTL: every other of the expired slots goes, the later ones too. */
function drop({ storage, clock }: Deployment): void {
  for (const slots of storage.logs.values()) {
    const kept = slots.filter((slot, index) => slot.expiresAtMs > clock.nowMs() || index % 2 === 0);
    slots.splice(0, slots.length, ...kept);
  }
}

async function carryOut(deployment: Deployment, steps: readonly Step[]): Promise<void> {
  const engine = deployment.process();
  for (const { afterMs, key, count, drops } of steps) {
    deployment.clock.advance(afterMs);
    if (drops) drop(deployment);
    await publishTexts(engine, "orders", ...Array.from({ length: count }, () => aText("x", { key })));
  }
}

const slotsIn = ({ storage }: Deployment) =>
  [...storage.logs].flatMap(([key, slots]) => {
    const { partition } = parsePartitionKey(key) as PartitionRef;
    return slots.map((slot) => ({ partition, slot }));
  });

it("starts at a time: with every message published then or later, and none before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { minLength: 1, maxLength: 20 }),
      fc.nat(),
      fc.integer({ min: -1, max: 1 }),
      async (steps, which, aside) => {
        const deployment = aDeployment();
        const topic = await aTopic(deployment);
        await carryOut(deployment, steps);
        const slots = slotsIn(deployment);
        const timeMs = (slots[which % slots.length]?.slot.publishedAtMs ?? 0) + aside;
        const heads = await startingPlaces(deployment.process(), topic, { timeMs });
        for (const { partition, slot } of slots) {
          expect(slot.base >= (heads[partition]?.head ?? 0)).toBe(slot.publishedAtMs >= timeMs);
        }
      },
    ),
  );
});

it("starts at the latest: with none of what is there, and all that comes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { maxLength: 10 }),
      fc.array(aStep, { maxLength: 10 }),
      async (before, after) => {
        const deployment = aDeployment();
        const topic = await aTopic(deployment);
        await carryOut(deployment, before);
        const old = new Set(slotsIn(deployment).map(({ slot }) => slot.nonce));
        const heads = await startingPlaces(deployment.process(), topic, "latest");
        await carryOut(deployment, after);
        for (const { partition, slot } of slotsIn(deployment)) {
          expect(slot.base >= (heads[partition]?.head ?? 0)).toBe(!old.has(slot.nonce));
        }
      },
    ),
  );
});

it("starts at a message: with itself in its partition, and what came as late in the others", async () => {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const engine = deployment.process();
  const ids = new Map<string, string>();
  for (const name of ["a1", "b1", "a2", "b2"]) {
    const key = name.slice(0, 1);
    const texts = [aText(`${name}-first`, { key }), aText(`${name}-second`, { key })];
    const [, second = ""] = await publishTexts(engine, "orders", ...texts);
    ids.set(name, second);
    deployment.clock.advance(1_000);
  }
  const [partitionA, partitionB] = [partitionOfKey("a", PARTITIONS), partitionOfKey("b", PARTITIONS)];
  expect(partitionA).not.toBe(partitionB);
  const at = parseMessageId(ids.get("a2") ?? "");
  const heads = await startingPlaces(engine, topic, { id: ids.get("a2") ?? "" });
  expect(heads).toEqual({
    [partitionA]: { head: at?.offset, slotBase: (at?.offset ?? 0) - 1 },
    [partitionB]: {
      head: (parseMessageId(ids.get("b2") ?? "")?.offset ?? 0) - 1,
      slotBase: expect.any(Number) as number,
    },
  });
});

it("starts at the earliest: with all that there is", async () => {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  await publishTexts(deployment.process(), "orders", aText("x", { key: "a" }));
  expect(await startingPlaces(deployment.process(), topic, "earliest")).toEqual({});
});

const NO_ID = 'is not the id of a message of topic "orders"';
const NOT_THERE = "has expired or never existed";

it("a time that a caller's clock is ahead is the latest: what is published before it is seen", async () => {
  // GIVEN
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const engine = deployment.process();
  for (const key of ["a", "b", "c", "d"]) await publishTexts(engine, "orders", aText("x", { key }));
  // WHEN
  const places = await startingPlaces(engine, topic, { timeMs: deployment.clock.nowMs() + AHEAD_MS });
  // THEN
  expect(Object.keys(places).length).toBeGreaterThan(1);
  expect(places).toEqual(await startingPlaces(engine, topic, "latest"));
});

it.each([
  ["from.time", {}],
  ["to.time", { path: "to" }],
  ["from", { isText: true }],
])("a time in the future is refused at its place, %s, and told how far", async (path, options) => {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const nowMs = deployment.clock.nowMs();
  const refused = startingPlaces(deployment.process(), topic, { timeMs: nowMs + AHEAD_MS + 1 }, options);
  await expect(refused).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ path, detail: expect.stringContaining("lies 301 s in the future") as string }],
  });
});

describe("an id", () => {
  it.each([
    ["that is none", () => "7", NO_ID],
    ["of another topic", (id: string) => id.replace(/^orders\.[^.]+/, "carts.another"), NO_ID],
    ["of an earlier life", (id: string) => id.replace(/^orders\.[^.]+/, "orders.another"), "earlier topic"],
    ["of a partition that was never used", (id: string) => id.replace(/\.\d+\.(\d+)$/, ".255.$1"), NOT_THERE],
    [
      "of a message that is not there yet",
      (id: string) => id.replace(/\d+$/, String(Number.MAX_SAFE_INTEGER)),
      NOT_THERE,
    ],
    ["beyond every offset", (id: string) => id.replace(/\d+$/, "9".repeat(16)), NOT_THERE],
  ])("%s is refused, and told why", async (_, change, why) => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const engine = deployment.process();
    const [id = ""] = await publishTexts(engine, "orders", aText("x", { key: "a" }));
    await expect(startingPlaces(engine, topic, { id: change(id) })).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ path: "from.id", detail: expect.stringContaining(why) as string }],
    });
  });

  it("of a message that the store has dropped is refused", async () => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const engine = deployment.process();
    const [id = ""] = await publishTexts(engine, "orders", aText("x", { key: "a" }));
    for (const slots of deployment.storage.logs.values()) slots.length = 0;
    await expect(startingPlaces(engine, topic, { id })).rejects.toMatchObject({
      errors: [{ path: "from.id" }],
    });
  });
});

it("reads few slots of many", async () => {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const engine = deployment.process();
  for (let count = 0; count < 500; count++) {
    await publishTexts(engine, "orders", aText("x", { key: "a" }));
    deployment.clock.advance(10);
  }
  let reads = 0;
  const counting = deployment.process(({ log }) => ({
    log: {
      ...log,
      slotAt: (...place) => {
        reads++;
        return log.slotAt(...place);
      },
    },
  }));
  const [middle] = slotsIn(deployment).slice(250);
  const timeMs = middle?.slot.publishedAtMs ?? 0;
  const heads = await startingPlaces(counting, topic, { timeMs });
  expect(heads[middle?.partition ?? 0]?.head).toBe(middle?.slot.base);
  expect(reads).toBeLessThan(60);
});

it("finds a time in as many reads as the slots can be halved, though offsets begin at the clock", async () => {
  // GIVEN a partition of 200 slots
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const publisher = deployment.process();
  for (let number = 0; number < 200; number++) {
    await publishTexts(publisher, "orders", aText(`${number}`, { key: "a" }));
    deployment.clock.advance(1_000);
  }
  const calls: string[] = [];
  const engine = deployment.process(recording(calls));
  // WHEN
  const heads = await startingPlaces(engine, topic, { timeMs: deployment.clock.nowMs() - 50_000 });
  // THEN
  expect(Object.keys(heads)).toHaveLength(1);
  expect(calls.filter((name) => name === "log.slotAt").length).toBeLessThanOrEqual(8);
});
