import type { Engine } from "../../../lib/operations/engine.js";
import { passExpired } from "../../../lib/operations/consume/pass-expired.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { ack, bodies, publishEach, publishTogether, receive, retry, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";

const HOUR_MS = 3_600_000;
const SHORT = { topic: { retentionSeconds: 3_600, partitions: 1 } } as const;
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

const stateOf = async (engine: Engine) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));
const pass = async (engine: Engine) =>
  await passExpired(engine, await findSubscription(engine, "orders", "audit"));

const NOTHING = { backlog: 0, inFlight: 0, retrying: 0, oldestUnackedAgeMs: 0 };

describe("what expired unread", () => {
  it("is in no count but its own, whether it was passed or not, and is told of once", async () => {
    const { engine, clock, telemetry, process } = await withAudit(SHORT);
    await publishTogether(engine, ...names(7));
    await ack(engine, await receive(engine, 2));
    clock.advance(HOUR_MS);
    expect(await stateOf(engine)).toMatchObject({ ...NOTHING, expired: 5 });
    expect(await receive(process())).toEqual([]);
    expect(await receive(process())).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ ...NOTHING, expired: 5 });
    const told = telemetry.events.filter(({ name }) => name === "messages-expired");
    const fields = { topic: "orders", subscription: "audit", partition: 0, messages: 5 };
    expect(told).toEqual([expect.objectContaining({ level: "warn", fields })]);
  });

  it("while it was leased or waited for a retry counts too", async () => {
    const { engine, clock } = await withAudit(SHORT);
    await publishEach(engine, ...names(6));
    await ack(engine, await receive(engine, 1));
    await receive(engine, 2);
    await retry(engine, await receive(engine, 2), 10);
    clock.advance(HOUR_MS - 1);
    expect(await stateOf(engine)).toMatchObject({ backlog: 1, inFlight: 2, retrying: 2, expired: 0 });
    clock.advance(1);
    expect(await stateOf(engine)).toMatchObject({ ...NOTHING, expired: 5 });
    for (let look = 0; look < 4; look++) expect(await receive(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ ...NOTHING, expired: 5 });
  });

  it("by its publisher's will is counted as it is passed", async () => {
    const { engine, clock } = await withAudit(SHORT);
    const expiring = { expiresAtMs: clock.nowMs() + 1_000 };
    await publishTexts(engine, "orders", aText("a", expiring), aText("b"), aText("c", expiring));
    clock.advance(1_000);
    expect(bodies(await receive(engine))).toEqual(["b"]);
    expect(await stateOf(engine)).toMatchObject({ expired: 2, inFlight: 1 });
  });

  it("in thousands of slots is counted in full, with those that the store has dropped", async () => {
    const { engine, clock, storage } = await withAudit(SHORT);
    await publishEach(engine, ...names(1_500));
    await ack(engine, await receive(engine, 10));
    clock.advance(HOUR_MS);
    await publishEach(engine, "new");
    for (const slots of storage.logs.values()) slots.splice(0, 300);
    expect(bodies(await receive(engine))).toEqual(["new"]);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, expired: 1_490 });
  });
});

describe("GIVEN a subscription that nobody consumes", () => {
  it("WHEN its heads are moved over what expired THEN it is counted, once, and what lives is left", async () => {
    const { engine, clock, process, telemetry } = await withAudit(SHORT);
    await publishEach(engine, ...names(250));
    clock.advance(HOUR_MS / 2);
    await publishEach(engine, "alive");
    clock.advance(HOUR_MS / 2);
    expect(await pass(process())).toBe(250);
    expect(await pass(process())).toBe(0);
    expect(await stateOf(engine)).toMatchObject({ backlog: 1, expired: 250 });
    expect(telemetry.events.filter(({ name }) => name === "messages-expired")).toHaveLength(1);
    expect(bodies(await receive(process()))).toEqual(["alive"]);
  });

  it("WHEN the partition began anew after it was left to expire THEN the jump is not counted", async () => {
    const { engine, clock, process } = await withAudit(SHORT);
    await publishEach(engine, ...names(3));
    clock.advance(HOUR_MS);
    await publishEach(engine, ...names(4));
    clock.advance(HOUR_MS);
    expect(await stateOf(engine)).toMatchObject({ ...NOTHING, expired: 7 });
    expect(await pass(process())).toBe(7);
    expect(await stateOf(engine)).toMatchObject({ ...NOTHING, expired: 7 });
  });

  it("WHEN nothing of it has expired THEN nothing is written", async () => {
    const { engine, storage } = await withAudit(SHORT);
    await publishEach(engine, ...names(3));
    expect(await pass(engine)).toBe(0);
    expect(storage.progress.size).toBe(0);
  });
});
