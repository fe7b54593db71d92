import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { garbageName } from "../../../lib/domain/garbage.js";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { NOTHING_IN_FLIGHT_AFTER_MS } from "../../../lib/operations/clock/purge-garbage.js";
import { deleteSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { TOMBSTONE_MS, deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { publishEach, receive, withTimedAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush, failing, publishMany } from "../a-push.js";
import { driven, portsAround, recording } from "../ports-around.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";

const MINUTE_MS = 60_000;
const SWEPT_AT_ONCE = 100;

/** Cursors, leases, retries and slots set aside, of all subscriptions. */
const left = ({ progress }: MemoryStorage): number =>
  [...progress.values()].reduce(
    (sum, { cursors, due, setAside }) => sum + cursors.size + due.size + setAside.size,
    0,
  );

const sweepOnce = (engine: Engine): Promise<void> =>
  sweep(engine, { deadlineMs: engine.clock.nowMs() + MINUTE_MS });

/** Ports whose moves reach the store only once they are let go. */
function heldMoves() {
  let letGo = (): void => undefined;
  const released = new Promise<void>((resolve) => (letGo = resolve));
  let held = 0;
  const replace = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "progress.advance" || name === "progress.move") {
        held++;
        await released;
      }
      return await carryOut();
    });
  return { replace, letGo: () => letGo(), held: () => held };
}

const purgeFails = (ports: Ports, which: (name: string) => boolean = () => true): Partial<Ports> =>
  portsAround(ports, async ({ name, args }, carryOut) => {
    const [subscription] = args as [{ name: string }?];
    if (name === "progress.purge" && which(subscription?.name ?? ""))
      throw new StorageUnavailable("the test");
    return await carryOut();
  });

describe("what a consumer in flight leaves behind its subscription", () => {
  it("is purged by a later sweep, and the note of it forgotten only after the time", async () => {
    // GIVEN a receive in flight, whose subscription is deleted and swept as empty
    const { engine, process, clock, storage } = await withTimedAudit();
    await publishEach(engine, "one", "two");
    const moves = heldMoves();
    const late = receive(process(moves.replace));
    await clock.advance(10);
    expect(moves.held()).toBe(1);
    await deleteSubscription(engine, "orders", "audit");
    await sweepOnce(engine);
    expect(left(storage)).toBe(0);
    // WHEN its move lands
    await clock.advance(10 * MINUTE_MS);
    moves.letGo();
    expect(await late).toHaveLength(2);
    expect(left(storage)).toBeGreaterThan(0);
    // THEN
    await sweepOnce(engine);
    expect([left(storage), storage.garbage.size]).toEqual([0, 1]);
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS);
    await sweepOnce(engine);
    expect([left(storage), storage.garbage.size]).toEqual([0, 0]);
  });

  it("is purged too where a pump wrote it", async () => {
    // GIVEN a pump with deliveries that failed, on its way to write their retries
    const push = await aPush();
    push.answerWith(async (messages) => failing(messages));
    await publishMany(push.engine, 5);
    const moves = heldMoves();
    const late = push.pump({ replace: moves.replace });
    await push.clock.advance(1_000);
    expect(moves.held()).toBeGreaterThan(0);
    await deleteSubscription(push.engine, "orders", "ship");
    // WHEN
    moves.letGo();
    await driven(push.clock, late);
    expect(left(push.storage)).toBeGreaterThan(0);
    // THEN
    await sweepOnce(push.engine);
    expect([left(push.storage), push.storage.garbage.size]).toEqual([0, 1]);
  });

  it.each([
    { afterMs: 0, notes: 1 },
    { afterMs: NOTHING_IN_FLIGHT_AFTER_MS, notes: 1 },
    { afterMs: NOTHING_IN_FLIGHT_AFTER_MS + 1, notes: 0 },
  ])("is looked for until $afterMs ms after the deletion: $notes notes", async ({ afterMs, notes }) => {
    const { engine, clock, storage } = await withTimedAudit();
    await deleteSubscription(engine, "orders", "audit");
    await clock.advance(afterMs);
    await sweepOnce(engine);
    expect(storage.garbage.size).toBe(notes);
  });
});

describe("what a publisher in flight leaves behind its topic", () => {
  const anchorsOf = ({ anchors }: MemoryStorage): number => anchors.size;

  it.each([
    { afterMs: NOTHING_IN_FLIGHT_AFTER_MS, left: [1, 1] },
    { afterMs: NOTHING_IN_FLIGHT_AFTER_MS + 1, left: [0, 0] },
  ])("is purged once nobody is at work: $afterMs ms after the deletion", async ({ afterMs, left }) => {
    // GIVEN a publish on its way as the topic is deleted and swept
    const { engine, process, clock, storage } = await withTimedAudit();
    await deleteSubscription(engine, "orders", "audit");
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    const late = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "log.append") await released;
        return await carryOut();
      }),
    );
    const published = publishTexts(late, "orders", aText("one"));
    await clock.advance(10);
    const deletedAtMs = clock.nowMs();
    await deleteTopic(engine, "orders");
    await sweepOnce(engine);
    // WHEN it lands, late
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS - MINUTE_MS);
    letGo();
    await driven(clock, published);
    await sweepOnce(engine);
    expect(anchorsOf(storage)).toBe(1);
    // THEN
    await clock.advance(deletedAtMs + afterMs - clock.nowMs());
    await sweepOnce(engine);
    expect([anchorsOf(storage), storage.garbage.size]).toEqual(left);
  });

  it("leaves the anchors in place until then: no append gets below what is there", async () => {
    const { engine, clock, storage } = await withTimedAudit();
    await publishEach(engine, "one");
    await deleteSubscription(engine, "orders", "audit");
    await deleteTopic(engine, "orders");
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS - MINUTE_MS);
    await sweepOnce(engine);
    expect(anchorsOf(storage)).toBe(1);
  });

  it("keeps the anchors of the topic's next life", async () => {
    const { engine, clock, storage } = await withTimedAudit();
    await publishEach(engine, "one");
    await deleteSubscription(engine, "orders", "audit");
    await deleteTopic(engine, "orders");
    await clock.advance(TOMBSTONE_MS);
    const { value: next } = await putTopic(engine, "orders", {});
    await publishEach(engine, "two");
    await sweepOnce(engine);
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS);
    await sweepOnce(engine);
    expect([...storage.anchors.keys()]).toEqual([next.uid]);
  });
});

describe("the garbage of deleted subscriptions", () => {
  it("goes over as many rounds as it takes, and its note only with the last of it", async () => {
    // GIVEN thousands of leases, deleted by a process that could not purge them
    const { engine, process, clock, storage } = await withTimedAudit();
    for (let count = 0; count < 1_200; count++) await publishEach(engine, "x");
    for (let count = 0; count < 1_200; count++) await receive(engine, 1);
    await expect(deleteSubscription(process(purgeFails), "orders", "audit")).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS + 1);
    // Four of the leases are in the cursor.
    expect(left(storage)).toBe(1_197);
    // WHEN
    const rounds: [number, number][] = [];
    for (let round = 0; round < 3; round++) {
      await sweepOnce(engine);
      rounds.push([left(storage), storage.garbage.size]);
    }
    // THEN
    expect(rounds).toEqual([
      [697, 1],
      [197, 1],
      [0, 0],
    ]);
  });

  it("is swept longest deleted first, so many at once: fresh notes hide no old one", async () => {
    // GIVEN an old note between many fresh ones
    const { engine, process, clock, storage } = await withTimedAudit();
    await deleteSubscription(engine, "orders", "audit");
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS);
    for (let count = 0; count < 2 * SWEPT_AT_ONCE; count++) {
      await putSubscription(engine, "orders", `a${count}`, {});
      await deleteSubscription(engine, "orders", `a${count}`);
    }
    await clock.advance(1);
    // WHEN
    const calls: string[] = [];
    await sweepOnce(process(recording(calls)));
    // THEN
    expect(storage.garbage.size).toBe(2 * SWEPT_AT_ONCE);
    expect(calls.filter((name) => name === "progress.purge")).toHaveLength(SWEPT_AT_ONCE);
    // AND in time all of them go
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS);
    for (let round = 0; round < 4; round++) await sweepOnce(engine);
    expect(storage.garbage.size).toBe(0);
  });

  it("that cannot be purged keeps no other from it, stays noted, and is told of", async () => {
    const { engine, process, clock, storage, telemetry } = await withTimedAudit();
    for (const name of ["audit-1", "audit-2"]) await putSubscription(engine, "orders", name, {});
    for (const name of ["audit", "audit-1", "audit-2"]) await deleteSubscription(engine, "orders", name);
    await clock.advance(NOTHING_IN_FLIGHT_AFTER_MS + 1);
    await sweepOnce(process((ports) => purgeFails(ports, (name) => name === "audit-1")));
    const left = [...storage.garbage.values()].map(garbageName);
    expect(left).toEqual([expect.stringContaining("#audit-1#")]);
    expect(telemetry.events).toContainEqual(
      expect.objectContaining({ name: "purge-failed", fields: expect.objectContaining({ what: left[0] }) }),
    );
  });
});
