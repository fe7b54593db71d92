import type { Engine } from "../../../lib/operations/engine.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { traceMessage } from "../../../lib/operations/manage/trace-message.js";
import { aText, publishTexts } from "../a-deployment.js";
import { ack, publishTogether, receive, retry, settleAs, withAudit } from "../a-consumer.js";
import { delay, withDelays } from "../delay/with-delayed.js";

const PAGE = { limit: 10 };

async function traced(engine: Engine, id: string) {
  const { subscriptions } = await traceMessage(engine, id, PAGE);
  return subscriptions.items;
}

it("GIVEN two subscriptions WHEN one has acknowledged THEN each tells of itself, page by page", async () => {
  const { engine } = await withAudit();
  await putSubscription(engine, "orders", "billing", { from: "earliest" });
  const [id = ""] = await publishTogether(engine, "a");
  await ack(engine, await receive(engine));
  const first = await traceMessage(engine, id, { limit: 1 });
  expect(first.message).toMatchObject({ id, state: "published" });
  expect(first.subscriptions.items).toEqual([{ subscription: "audit", kind: "ended" }]);
  const next = await traceMessage(engine, id, { limit: 1, cursor: first.subscriptions.nextCursor ?? "" });
  expect(next.subscriptions.items).toMatchObject([
    {
      subscription: "billing",
      kind: "open",
      message: { id, state: "waiting", waitsFor: "turn", attempt: 0 },
    },
  ]);
});

it("GIVEN a message that is handed out, sent back, rejected THEN each step shows", async () => {
  const { engine } = await withAudit();
  const [id = ""] = await publishTogether(engine, "a", "b");
  const [handed] = await receive(engine, 1, { consumer: { name: "worker 7" } });
  expect(await traced(engine, id)).toMatchObject([
    {
      kind: "open",
      message: { state: "leased", attempt: 1, waitsFor: "consumer", consumer: { name: "worker 7" } },
    },
  ]);
  await settleAs(engine, [handed], { outcome: "retry", delaySeconds: 60, error: "busy" });
  expect(await traced(engine, id)).toMatchObject([
    { kind: "open", message: { state: "retrying", waitsFor: "retry", failures: [{ error: "busy" }] } },
  ]);
  await engine.clock.sleep(60_000);
  await settleAs(engine, await receive(engine), { outcome: "reject", error: "no" });
  expect(await traced(engine, id)).toMatchObject([
    { kind: "dead-letter", letter: { id, lastError: "no", failures: [{ error: "busy" }, { error: "no" }] } },
  ]);
});

it("GIVEN a dead letter of before a seek THEN what became of its message since comes first", async () => {
  const { engine } = await withAudit();
  const [id = ""] = await publishTogether(engine, "a", "b");
  await settleAs(engine, await receive(engine, 1), { outcome: "reject" });
  await seek(engine, "orders", "audit", "earliest");
  expect(await traced(engine, id)).toMatchObject([{ kind: "open", message: { state: "waiting" } }]);
  const [again] = await receive(engine, 1);
  expect(await traced(engine, id)).toMatchObject([{ kind: "open", message: { state: "leased" } }]);
  await ack(engine, [again]);
  expect(await traced(engine, id)).toMatchObject([{ kind: "dead-letter" }]);
});

it("GIVEN a filter WHEN a message does not match THEN it is left out, while what matches waits", async () => {
  const { engine } = await withAudit({ subscription: { filter: '{"tag":["red"]}' } });
  const [blue = "", red = ""] = await publishTexts(
    engine,
    "orders",
    aText("a", { tag: "blue" }),
    aText("b", { tag: "red" }),
  );
  expect(await traced(engine, blue)).toEqual([{ subscription: "audit", kind: "left-out" }]);
  expect(await traced(engine, red)).toMatchObject([{ kind: "open", message: { state: "waiting" } }]);
});

it("GIVEN a message that has expired before anybody took it THEN it says so", async () => {
  const { engine, clock } = await withAudit();
  const [id = ""] = await publishTexts(engine, "orders", aText("a", { expiresAtMs: clock.nowMs() + 1_000 }));
  expect(await traced(engine, id)).toMatchObject([{ kind: "open" }]);
  clock.advance(1_001);
  expect(await traced(engine, id)).toEqual([{ subscription: "audit", kind: "expired" }]);
});

it("GIVEN a subscription from the latest WHEN an earlier message is traced THEN it began after it", async () => {
  const { engine } = await withAudit();
  const [id = ""] = await publishTogether(engine, "a");
  await engine.clock.sleep(10_000);
  await putSubscription(engine, "orders", "young", { from: "latest" });
  const items = await traced(engine, id);
  expect(items.map(({ subscription, kind }) => [subscription, kind])).toEqual([
    ["audit", "open"],
    ["young", "before-start"],
  ]);
});

it("GIVEN an earlier message of its key waits for a retry THEN it waits for order, until then", async () => {
  const { engine } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const [, second = "", other = ""] = await publishTexts(
    engine,
    "orders",
    ...["k", "k", "l"].map((key) => aText("x", { key })),
  );
  await retry(engine, await receive(engine, 1), 60);
  const untilMs = engine.clock.nowMs() + 60_000;
  expect(await traced(engine, second)).toMatchObject([
    { kind: "open", message: { waitsFor: "order", untilMs: expect.any(Number) as number } },
  ]);
  expect((await traced(engine, second))[0]).toMatchObject({ message: { untilMs } });
  expect(await traced(engine, other)).toMatchObject([{ kind: "open", message: { waitsFor: "turn" } }]);
});

it("GIVEN a paused topic WHEN a message is traced THEN it waits for the end of the pause", async () => {
  const { engine } = await withAudit();
  const [id = ""] = await publishTogether(engine, "a");
  await changeTopic(engine, "orders", { paused: "delivery" });
  expect(await traced(engine, id)).toMatchObject([{ kind: "open", message: { waitsFor: "pause" } }]);
});

it("GIVEN a message that is not due yet THEN there is no subscription to tell of", async () => {
  const { engine, clock } = await withDelays();
  const [id = ""] = await delay(engine, ["a", clock.nowMs() + 60_000]);
  const trace = await traceMessage(engine, id, PAGE);
  expect(trace).toMatchObject({ message: { id, state: "scheduled" }, subscriptions: { items: [] } });
});

it("GIVEN more is open than can be looked through in time THEN it is unknown, and so are those after it", async () => {
  const { engine, process } = await withAudit();
  await putSubscription(engine, "orders", "billing", { from: "earliest" });
  const [id = ""] = await publishTogether(engine, "a", "b");
  await ack(engine, await receive(engine, 1));
  const slow = process((ports) => ({
    progress: {
      ...ports.progress,
      records: async (...page) => {
        await ports.clock.sleep(11_000);
        return { ...(await ports.progress.records(...page)), lastId: "0" };
      },
      cursor: (...of) => ports.progress.cursor(...of),
    },
  }));
  expect((await traced(slow, id)).map(({ kind }) => kind)).toEqual(["unknown", "unknown"]);
});
