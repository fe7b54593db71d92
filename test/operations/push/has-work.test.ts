import { workNow, workOf } from "../../../lib/operations/push/has-work.js";
import { endsOf } from "../../../lib/operations/log/anchors.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { ack, publishEach, receive, withAudit } from "../a-consumer.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { aPush, allDone, failing, publishMany, retryAfter } from "../a-push.js";
import { driven } from "../ports-around.js";

const SECOND_MS = 1_000;
const ORDERED = { ordering: "key", partitions: 1 } as const;

describe("a held partition of an ordered topic", () => {
  it("is no work while its key waits, and is work again when that is over, or another key comes", async () => {
    // GIVEN a handler that fails, and more of the key behind what failed
    const push = await aPush(
      { batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 }, ...retryAfter(60) },
      ORDERED,
    );
    push.answerWith(async (messages) => failing(messages));
    await publishMany(push.engine, 3);
    await driven(push.clock, push.pump());
    expect(push.deliveries).toHaveLength(1);
    const look = async () =>
      (await workNow(push.engine, await findSubscription(push.engine, "orders", "ship"))).isThere;
    // WHEN, THEN
    expect(await look()).toBe(false);
    push.answerWith(async () => allDone);
    await publishMany(push.engine, 2, 2, 2);
    expect(await look()).toBe(true);
    await driven(push.clock, push.pump());
    expect([push.done.length, await look()]).toEqual([1, false]);
    await push.clock.advance(60 * SECOND_MS);
    expect(await look()).toBe(true);
    await driven(push.clock, push.pump());
    expect([push.done.length, await look()]).toEqual([5, false]);
  });
});

it("counts what was read, and waits for a batch window, as no work until more has come", async () => {
  const push = await aPush({}, { partitions: 1 });
  await publishMany(push.engine, 3);
  const reader = await findSubscription(push.engine, "orders", "ship");
  const [end = 0] = [...(await endsOf(push.engine, reader.topic)).values()].map(({ offset }) => offset);
  const isThere = async (readTo: number) =>
    (await workNow(push.engine, reader, new Map([[0, readTo]]))).isThere;
  expect([await isThere(end), await isThere(end - 1)]).toEqual([false, true]);
  await publishMany(push.engine, 1);
  expect(await isThere(end)).toBe(true);
});

describe("a subscription that pulls", () => {
  it("has work until the lease in its cursor has ended, which a seek voids", async () => {
    const { engine, process, clock } = await withAudit({ topic: { partitions: 1 } });
    await publishEach(engine, "a");
    const handed = await receive(engine);
    const look = async () => {
      const reader = await findSubscription(process(), "orders", "audit");
      return await workOf(engine, reader, await endsOf(engine, reader.topic));
    };
    expect(await look()).toMatchObject({
      isThere: false,
      isOver: false,
      ahead: [],
      nextDueMs: clock.nowMs() + 30 * SECOND_MS,
    });
    clock.advance(30 * SECOND_MS);
    expect(await look()).toMatchObject({ isThere: true, isOver: false });
    await seek(engine, "orders", "audit", "latest");
    expect(await look()).toMatchObject({ isThere: false, isOver: true, ahead: [] });
    expect(await ack(engine, handed)).toEqual(["ok"]);
  });
});
