import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { aText, publishTexts } from "../a-deployment.js";
import { ack, bodies, publishTogether, receive, settleAs, settleEach, withAudit } from "../a-consumer.js";

const letters = async (engine: Engine) =>
  (await listDeadLetters(engine, "orders", "audit", {}, { limit: 100 })).items;

const stateOf = async (engine: Engine) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));

describe("a message that its consumer rejects", () => {
  it("GIVEN others in its lease WHEN it is rejected THEN it alone is a dead letter, at once", async () => {
    // GIVEN
    const audit = await withAudit({ topic: { partitions: 1 } });
    const { engine, telemetry } = audit;
    const [, id] = await publishTogether(engine, "a", "b", "c");
    const handed = await receive(engine);
    // WHEN
    const rejection = { outcome: "reject", error: "no such customer" } as const;
    expect(await settleAs(engine, handed.slice(1, 2), rejection)).toEqual(["ok"]);
    // THEN
    expect(await letters(engine)).toMatchObject([
      { id, isRejected: true, attempt: 1, lastError: "no such customer" },
    ]);
    expect(await ack(engine, [handed[0], handed[2]])).toEqual(["ok", "ok"]);
    expect(await stateOf(engine)).toMatchObject({ inFlight: 0, retrying: 0, deadLetters: 1 });
    const told = telemetry.events.filter(({ name }) => name === "message-dead-lettered");
    expect(told).toMatchObject([{ fields: { id, attempt: 1, reason: "rejected" } }]);
  });

  it("GIVEN a rejection that cannot be carried out WHEN another word comes THEN the first one counts", async () => {
    // GIVEN a store that makes no dead letters
    const audit = await withAudit({ topic: { partitions: 1 } });
    let isDown = true;
    const engine = audit.process(({ progress }) => ({
      progress: {
        ...progress,
        move: async (subscription, move) => {
          if (isDown && move.deadLetters) throw new StorageUnavailable("moving messages");
          return await progress.move(subscription, move);
        },
      },
    }));
    await publishTogether(engine, "a", "b");
    const handed = await receive(engine);
    // WHEN
    expect(await settleAs(engine, handed.slice(0, 1), { outcome: "reject" })).toEqual(["ok"]);
    // THEN
    expect(await ack(engine, handed.slice(0, 1))).toEqual(["receipt-expired"]);
    expect(await settleAs(engine, handed.slice(0, 1), { outcome: "retry" })).toEqual(["receipt-expired"]);
    expect(await settleAs(engine, handed.slice(0, 1), { outcome: "reject" })).toEqual(["ok"]);
    expect(await letters(engine)).toEqual([]);
    // WHEN
    isDown = false;
    audit.clock.advance(1_000);
    expect(await receive(engine)).toEqual([]);
    // THEN
    expect(await letters(engine)).toMatchObject([{ isRejected: true, attempt: 1 }]);
  });

  it("GIVEN ordering, and an earlier message that waits WHEN it is rejected THEN it waits for nothing", async () => {
    const audit = await withAudit({ topic: { ordering: "key", partitions: 1 } });
    const { engine, clock } = audit;
    for (const [body, key] of [
      ["a", "k"],
      ["b", "l"],
      ["c", "l"],
    ] as const)
      await publishTexts(engine, "orders", aText(body, { key }));
    const handed = await receive(engine);
    expect(bodies(handed)).toEqual(["a", "b", "c"]);
    expect(
      await settleEach(engine, [
        [handed[0], { outcome: "retry", delaySeconds: 600 }],
        [handed[1], { outcome: "reject" }],
        [handed[2], { outcome: "extend", ackDeadlineSeconds: 0 }],
      ]),
    ).toEqual(["ok", "ok", "ok"]);
    expect(await letters(engine)).toMatchObject([{ id: handed[1]?.id }]);
    expect(await stateOf(engine)).toMatchObject({ retrying: 2, deadLetters: 1 });
    clock.advance(600_000);
    expect(bodies(await receive(engine))).toEqual(["a", "c"]);
  });
});
