import { findSubscription } from "../../../lib/operations/lookup.js";
import {
  deleteDeadLetter,
  listDeadLetters,
  purgeDeadLetters,
} from "../../../lib/operations/manage/dead-letters.js";
import { endDeadLetters } from "../../../lib/operations/redrive/end-dead-letters.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { settleMessage } from "../../../lib/operations/manage/settle-message.js";
import { deleteSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { bodies, receive, settleAs } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";
import {
  HELD_HOURS,
  HOUR_MS,
  NOTHING_LEFT,
  comesNow,
  holdsIn,
  publishOf,
  stateOf,
  withHeld,
} from "../with-held.js";

const HELD = { busyKeys: 1, heldKeys: 1, deadLetters: 1, retrying: 2, inFlight: 0 };

describe("GIVEN a key that a dead letter holds, and two messages behind it", () => {
  it("THEN no later message of it comes, not even a new one, and those of others do", async () => {
    const { engine, process } = await withHeld();
    expect(await stateOf(engine)).toEqual(HELD);
    await publishOf(engine, "a4", "c1");
    expect(await comesNow(process())).toEqual(["c1"]);
    expect(await stateOf(process())).toEqual({ ...HELD, retrying: 3 });
  });

  it("WHEN it is deleted THEN what waited comes at once, in order", async () => {
    const { engine, a1 } = await withHeld();
    await publishOf(engine, "a4");
    await deleteDeadLetter(engine, "orders", "audit", a1);
    expect(await comesNow(engine)).toEqual(["a2", "a3", "a4"]);
    expect(await stateOf(engine)).toEqual(NOTHING_LEFT);
  });

  it("WHEN all are purged THEN what waited comes at once, in order", async () => {
    const { engine, process } = await withHeld();
    expect(await purgeDeadLetters(engine, "orders", "audit")).toEqual({ deleted: 1, more: false });
    expect(await comesNow(process())).toEqual(["a2", "a3"]);
    expect(await stateOf(engine)).toEqual(NOTHING_LEFT);
  });

  it("WHEN it is sent again THEN it comes first, and what waited behind it only once it is done", async () => {
    const { engine, a1 } = await withHeld();
    await redrive(engine, "orders", "audit", { kind: "ids", ids: [a1] });
    const [first, ...others] = await receive(engine, 1);
    expect([first?.body, first?.attempt, others]).toEqual(["a1", 1, []]);
    expect(await receive(engine)).toEqual([]);
    await settleAs(engine, [first], { outcome: "ack" });
    expect(await comesNow(engine)).toEqual(["a2", "a3"]);
    expect(await stateOf(engine)).toEqual(NOTHING_LEFT);
  });

  it("WHEN it is sent again and fails again THEN its key holds again", async () => {
    const { engine, a1 } = await withHeld();
    await redrive(engine, "orders", "audit", { kind: "ids", ids: [a1] });
    const [first] = await receive(engine, 1);
    await settleAs(engine, [first], { outcome: "reject", error: "still no customer" });
    expect(await comesNow(engine)).toEqual([]);
    expect(await stateOf(engine)).toEqual(HELD);
  });

  it("WHEN it has expired THEN what waited comes, and not before", async () => {
    const { engine, clock } = await withHeld();
    clock.advance((HELD_HOURS - 1) * HOUR_MS);
    expect(await comesNow(engine)).toEqual([]);
    // Kept up to the end of an hour.
    clock.advance(2 * HOUR_MS + 1);
    expect(await comesNow(engine)).toEqual(["a2", "a3"]);
    expect(await stateOf(engine)).toEqual(NOTHING_LEFT);
  });

  it("WHEN an operator ends one that waits THEN it is done, and the others wait on", async () => {
    const { engine, a1, a2 } = await withHeld();
    await settleMessage(engine, "orders", "audit", a2, { outcome: "ack" });
    expect(await comesNow(engine)).toEqual([]);
    expect(await stateOf(engine)).toEqual({ ...HELD, retrying: 1 });
    await deleteDeadLetter(engine, "orders", "audit", a1);
    expect(await comesNow(engine)).toEqual(["a3"]);
  });

  it("WHEN one that waits is made a dead letter too THEN both have to end before the key goes on", async () => {
    const { engine, a1, a2 } = await withHeld();
    await settleMessage(engine, "orders", "audit", a2, { outcome: "reject", error: "wrong" });
    expect(await stateOf(engine)).toEqual({ ...HELD, retrying: 1, deadLetters: 2 });
    await deleteDeadLetter(engine, "orders", "audit", a1);
    expect(await comesNow(engine)).toEqual([]);
    await deleteDeadLetter(engine, "orders", "audit", a2);
    expect(await comesNow(engine)).toEqual(["a3"]);
  });

  it.each(["retry", "ack"] as const)(
    "WHEN an operator's word is %s on the dead letter, or to send what waits THEN it is refused, and nothing changes",
    async (outcome) => {
      const { engine, a1, a2 } = await withHeld();
      await expect(settleMessage(engine, "orders", "audit", a1, { outcome })).rejects.toMatchObject({
        code: "message-not-open",
      });
      await expect(settleMessage(engine, "orders", "audit", a2, { outcome: "retry" })).rejects.toMatchObject({
        code: "message-out-of-reach",
      });
      expect(await comesNow(engine)).toEqual([]);
      expect(await stateOf(engine)).toEqual(HELD);
    },
  );

  it("WHEN its subscription is deleted and made anew THEN nothing of it is left", async () => {
    const held = await withHeld();
    const { engine } = held;
    await deleteSubscription(engine, "orders", "audit");
    await putSubscription(engine, "orders", "audit", { from: "earliest" });
    expect(await holdsIn(held)).toEqual([]);
    expect((await comesNow(engine)).sort()).toEqual(["a1", "a2", "a3", "b1"]);
  });
});

it("GIVEN an ahead message that an operator has made a dead letter THEN its key holds, and no other", async () => {
  const { engine } = await withHeld();
  const [c1 = ""] = await publishOf(engine, "c1", "c2", "d1");
  await settleMessage(engine, "orders", "audit", c1, { outcome: "reject", error: "wrong" });
  expect(await comesNow(engine)).toEqual(["d1"]);
  expect(await stateOf(engine)).toMatchObject({ heldKeys: 2, deadLetters: 2 });
  await deleteDeadLetter(engine, "orders", "audit", c1);
  expect(await comesNow(engine)).toEqual(["c2"]);
});

it("GIVEN a consumer at work on a key WHEN an earlier one of it dies THEN what it gives back is held too", async () => {
  const held = await withHeld();
  const { engine } = held;
  await publishOf(engine, "c1", "c2", "c3");
  const handed = await receive(engine);
  expect(bodies(handed)).toEqual(["c1", "c2", "c3"]);
  await settleAs(engine, handed.slice(0, 1), { outcome: "reject", error: "no" });
  expect(await settleAs(engine, handed.slice(1, 2), { outcome: "extend", ackDeadlineSeconds: 0 })).toEqual([
    "ok",
  ]);
  expect(await settleAs(engine, handed.slice(2), { outcome: "ack" })).toEqual(["ok"]);
  expect(await comesNow(engine)).toEqual([]);
  const [c1 = ""] = (await listDeadLetters(engine, "orders", "audit", { key: "c" }, { limit: 1 })).items.map(
    ({ id }) => id,
  );
  await deleteDeadLetter(engine, "orders", "audit", c1);
  expect(await comesNow(engine)).toEqual(["c2"]);
});

it("GIVEN a record that changes before the move WHEN its dead letter is deleted THEN it looks again", async () => {
  const held = await withHeld();
  let isFirst = true;
  const engine = held.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const isEnd = name === "progress.move" && (args[1] as { endedDeadLetters?: unknown }).endedDeadLetters;
      if (isEnd && isFirst) {
        isFirst = false;
        await settleMessage(held.engine, "orders", "audit", held.a2, { outcome: "ack" });
      }
      return await carryOut();
    }),
  );
  await deleteDeadLetter(engine, "orders", "audit", held.a1);
  expect(isFirst).toBe(false);
  expect(await comesNow(engine)).toEqual(["a3"]);
});

it("GIVEN a crash before the move WHEN a dead letter ends THEN its key still holds for it", async () => {
  const held = await withHeld();
  const engine = held.process(({ progress }) => ({
    progress: { ...progress, move: () => Promise.reject(new Error("killed")) },
  }));
  await expect(deleteDeadLetter(engine, "orders", "audit", held.a1)).rejects.toThrow();
  expect(await stateOf(held.engine)).toEqual(HELD);
});

it("GIVEN one that nothing holds for WHEN it ends THEN it says so", async () => {
  const held = await withHeld({ deadLetter: { retentionSeconds: 3_600, onDeadLetter: "hold" } });
  const reader = await findSubscription(held.engine, "orders", "audit");
  const { items } = await listDeadLetters(held.engine, "orders", "audit", {}, { limit: 10 });
  const act = { kind: "deleted", atMs: held.engine.clock.nowMs() } as const;
  const [letter] = items;
  expect(await endDeadLetters(held.engine, reader, items, act)).toBe("ended-holds");
  expect(await endDeadLetters(held.engine, reader, [{ ...letter, nonce: "other" }] as never, act)).toBe(
    "conflict",
  );
});
