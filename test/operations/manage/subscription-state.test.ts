import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { headerOf } from "../../../lib/domain/slot-header.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import {
  type SubscriptionState,
  subscriptionState,
} from "../../../lib/operations/manage/subscription-state.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { IDLE } from "../an-idle-state.js";
import { type Deployment, aDeployment, aText, publishTexts } from "../a-deployment.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A topic that keeps its messages for an hour, in one partition, and a subscription to all of it. */
async function withAudit(): Promise<Deployment & { readonly engine: Engine }> {
  const deployment = aDeployment();
  const engine = deployment.process();
  await putTopic(engine, "orders", { retentionSeconds: 3_600, partitions: 1 });
  await putSubscription(engine, "orders", "audit", {});
  return { ...deployment, engine };
}

async function stateOf(engine: Engine): Promise<SubscriptionState> {
  const { topic, subscription } = await findSubscription(engine, "orders", "audit");
  return await subscriptionState(engine, { topic, subscription });
}

const publishMany = (engine: Engine, count: number) =>
  publishTexts(engine, "orders", ...Array.from({ length: count }, (_, index) => aText(`${index}`)));

const receive = (engine: Engine, maxMessages: number) =>
  receiveWaiting(engine, "orders", "audit", { maxMessages, waitSeconds: 0 });

it("counts nothing where nothing was published", async () => {
  const { engine } = await withAudit();
  expect(await stateOf(engine)).toEqual(IDLE);
});

it("counts a message in the one place where it is", async () => {
  const { engine, clock } = await withAudit();
  await publishMany(engine, 10);
  clock.advance(1_000);
  expect(await stateOf(engine)).toEqual({
    backlog: 10,
    inFlight: 0,
    retrying: 0,
    expired: 0,
    deadLetters: 0,
    setAside: 0,
    busyKeys: 0,
    heldKeys: 0,
    oldestUnackedAgeMs: 1_000,
  });
  const [first, second] = await receive(engine, 4);
  expect(await stateOf(engine)).toMatchObject({ backlog: 6, inFlight: 4, retrying: 0 });
  await settle(engine, "orders", "audit", [
    { receipt: first?.receipt ?? "", outcome: "ack" },
    { receipt: second?.receipt ?? "", outcome: "retry", delaySeconds: 60 },
  ]);
  expect(await stateOf(engine)).toMatchObject({ backlog: 6, inFlight: 2, retrying: 1 });
});

it("does not count what was there before the subscription", async () => {
  const { engine } = await withAudit();
  await publishMany(engine, 5);
  await putSubscription(engine, "orders", "late", {});
  await publishMany(engine, 2);
  const { topic, subscription } = await findSubscription(engine, "orders", "late");
  expect((await subscriptionState(engine, { topic, subscription })).backlog).toBe(2);
});

it("adds up the partitions", async () => {
  const { engine } = await withAudit();
  await putTopic(engine, "keyed", { ordering: "key" });
  await putSubscription(engine, "keyed", "audit", {});
  const texts = Array.from({ length: 50 }, (_, index) => aText("x", { key: `${index}` }));
  await publishTexts(engine, "keyed", ...texts);
  const { topic, subscription } = await findSubscription(engine, "keyed", "audit");
  expect((await subscriptionState(engine, { topic, subscription })).backlog).toBe(50);
});

describe("with offsets that jump", () => {
  it("does not count what has expired, though the store still has it", async () => {
    const { engine, clock } = await withAudit();
    await publishMany(engine, 7);
    clock.advance(HOUR_MS);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, oldestUnackedAgeMs: 0 });
    await publishMany(engine, 3);
    clock.advance(2_000);
    expect(await stateOf(engine)).toMatchObject({ backlog: 3, oldestUnackedAgeMs: 2_000 });
  });

  it("counts what is live on both sides of the jump", async () => {
    const { engine, clock } = await withAudit();
    await publishMany(engine, 4);
    clock.advance(30_000);
    await publishMany(engine, 2);
    clock.advance(HOUR_MS - 2 * MINUTE_MS);
    await publishMany(engine, 3);
    await publishMany(engine, 1);
    expect(await stateOf(engine)).toMatchObject({ backlog: 10 });
    await receive(engine, 3);
    expect(await stateOf(engine)).toMatchObject({ backlog: 7 });
    clock.advance(MINUTE_MS + 31_000);
    expect(await stateOf(engine)).toMatchObject({ backlog: 6 });
    clock.advance(30_000);
    expect(await stateOf(engine)).toMatchObject({ backlog: 4 });
  });

  it("counts what is nearly over where nothing came behind it", async () => {
    const { engine, clock } = await withAudit();
    await publishMany(engine, 4);
    clock.advance(HOUR_MS - MINUTE_MS);
    expect(await stateOf(engine)).toMatchObject({ backlog: 4, oldestUnackedAgeMs: HOUR_MS - MINUTE_MS });
  });

  it("counts what is left where the store dropped slots in any order", async () => {
    const { engine, storage, clock } = await withAudit();
    for (let count = 0; count < 5; count++) await publishMany(engine, 2);
    clock.advance(HOUR_MS - MINUTE_MS);
    await publishMany(engine, 3);
    clock.advance(2 * MINUTE_MS);
    for (const slots of storage.logs.values()) slots.splice(0, 2);
    expect(await stateOf(engine)).toMatchObject({ backlog: 3 });
  });

  it("counts from the first live slot of many that have expired", async () => {
    const { engine, clock } = await withAudit();
    for (let count = 0; count < 100; count++) {
      await publishMany(engine, 1);
      clock.advance(MINUTE_MS);
    }
    expect(await stateOf(engine)).toMatchObject({ backlog: 59, oldestUnackedAgeMs: 59 * MINUTE_MS });
  });
});

describe("GIVEN a paused subscription, WHEN messages have expired by their publisher's will", () => {
  /** Sixty messages in one slot; every `each`th lives for five seconds. */
  const sixty = (engine: Engine, each: number) =>
    publishTexts(
      engine,
      "orders",
      ...Array.from({ length: 60 }, (_, at) =>
        aText(`${at}`, at % each === 0 ? expiringIn(engine, 5_000) : {}),
      ),
    );
  const expiringIn = (engine: Engine, lifeMs: number) => ({ expiresAtMs: engine.clock.nowMs() + lifeMs });
  const headers = ({ storage }: Deployment) => [...storage.logs.values()].flat().map(headerOf);
  /** Sixty in one slot whose header they do not fit into; every `each`th lives for five seconds. */
  const sixtyTagged = (engine: Engine, each: number) =>
    publishTexts(
      engine,
      "orders",
      ...Array.from({ length: 60 }, (_, at) =>
        aText("x", { tag: `${"t".repeat(60)}${at}`, ...(at % each === 0 ? expiringIn(engine, 5_000) : {}) }),
      ),
    );

  async function withPaused(settings: Parameters<Deployment["process"]>[1] = {}) {
    const deployment = aDeployment();
    const engine = deployment.process(undefined, settings);
    await putTopic(engine, "orders", { partitions: 1 });
    await putSubscription(engine, "orders", "audit", { paused: true });
    return { ...deployment, engine };
  }

  it("THEN they are in `expired`, and the age is that of one that lives", async () => {
    const { engine, clock } = await withPaused();
    await publishTexts(engine, "orders", aText("over", expiringIn(engine, 5_000)));
    clock.advance(1_000);
    await sixty(engine, 2);
    expect(await stateOf(engine)).toMatchObject({ backlog: 61, expired: 0, oldestUnackedAgeMs: 1_000 });
    clock.advance(60_000);
    expect(await stateOf(engine)).toMatchObject({ backlog: 30, expired: 31, oldestUnackedAgeMs: 60_000 });
  });

  it("THEN they are counted in a slot that has to be opened for it", async () => {
    const paused = await withPaused({ inlineLimitBytes: 0 });
    const { engine, clock, process } = paused;
    await sixtyTagged(engine, 2);
    expect(headers(paused)).toEqual(["open-it"]);
    clock.advance(60_000);
    expect(await stateOf(process())).toMatchObject({ backlog: 30, expired: 30, oldestUnackedAgeMs: 60_000 });
  });

  it("THEN nothing waits where all of them have", async () => {
    const { engine, clock } = await withPaused();
    await sixty(engine, 1);
    clock.advance(60_000);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, expired: 60, oldestUnackedAgeMs: 0 });
  });

  it("THEN they are counted once, however far a consumer has come", async () => {
    const { engine, clock } = await withPaused();
    await sixty(engine, 2);
    clock.advance(60_000);
    await putSubscription(engine, "orders", "audit", { paused: false });
    const taken: number[] = [];
    for (let look = 0; look < 5; look++) {
      taken.push((await receive(engine, 7)).length);
      const { backlog, inFlight, expired } = await stateOf(engine);
      expect({ all: backlog + inFlight, expired }).toEqual({ all: 30, expired: 30 });
    }
    expect(taken).toEqual([7, 7, 7, 7, 2]);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, inFlight: 30, expired: 30 });
  });

  it("THEN those that lie further than a thousand messages are counted as they come near", async () => {
    const { engine, clock } = await withPaused();
    for (let slot = 0; slot < 20; slot++) {
      await sixty(engine, 1);
      clock.advance(1_000);
    }
    clock.advance(40_000);
    // The first 17 slots are looked at; the next one was published 17 seconds after the first.
    expect(await stateOf(engine)).toMatchObject({ backlog: 180, expired: 1_020, oldestUnackedAgeMs: 43_000 });
    await putSubscription(engine, "orders", "audit", { paused: false });
    expect(await receive(engine, 10)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, expired: 1_200, oldestUnackedAgeMs: 0 });
  });

  it("THEN what has to be opened and is not to be had for now passes for alive", async () => {
    const paused = await withPaused({ inlineLimitBytes: 0 });
    const { engine, clock, process } = paused;
    await sixty(engine, 1);
    await sixtyTagged(engine, 1);
    clock.advance(60_000);
    const failing = process(({ segments }) => ({
      segments: { ...segments, get: () => Promise.reject(new StorageUnavailable("get")) },
    }));
    expect(await stateOf(failing)).toMatchObject({ backlog: 60, expired: 60, oldestUnackedAgeMs: 60_000 });
    expect(await stateOf(process())).toMatchObject({ backlog: 0, expired: 120, oldestUnackedAgeMs: 0 });
  });

  it("THEN one look opens forty slots in S3 at the most, and what it does not open passes for alive", async () => {
    const { engine, clock, process } = await withPaused({ inlineLimitBytes: 0 });
    for (let slot = 0; slot < 50; slot++) {
      const tags = Array.from({ length: 10 }, (_, at) => `${"t".repeat(250)}${at}`);
      await publishTexts(
        engine,
        "orders",
        ...tags.map((tag) => aText("x", { tag, expiresAtMs: clock.nowMs() + 5_000 })),
      );
    }
    clock.advance(60_000);
    let opened = 0;
    const counting = process(({ segments }) => ({
      segments: { ...segments, get: (key) => (opened++, segments.get(key)) },
    }));
    expect(await stateOf(counting)).toMatchObject({ backlog: 100, expired: 400 });
    expect(opened).toBe(40);
  });
});
