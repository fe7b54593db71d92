import type { RecordedEvent } from "../../../lib/adapters/memory/telemetry.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import { lookAfter, lookOver } from "../../../lib/operations/clock/look-after.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { type Deployment, aText, aDeployment, publishTexts } from "../a-deployment.js";
import { theMark } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

interface Looked extends Deployment {
  readonly engine: Engine;
  /** What a look of the sweep tells, by the name of the subscription; the topic's own under "". */
  readonly look: (by?: Engine) => Promise<ReadonlyMap<string, RecordedEvent["fields"]>>;
}

async function aTopic(partitions = 1): Promise<Looked> {
  const deployment = aDeployment();
  const engine = deployment.process();
  await putTopic(engine, "orders", { partitions, retentionSeconds: 3_600 });
  await putSubscription(engine, "orders", "audit", {});
  const look = async (by: Engine = deployment.process()) => {
    const { events } = deployment.telemetry;
    const from = events.length;
    await lookAfter(by, await theMark({ engine: by }));
    return new Map(
      events
        .slice(from)
        .filter(({ name }) => name.endsWith("-backlog"))
        .map(({ fields }) => [(fields as { subscription?: string }).subscription ?? "", fields] as const),
    );
  };
  return { ...deployment, engine, look };
}

const publishOne = (engine: Engine, text = "m") => publishTexts(engine, "orders", aText(text));
const receive = (engine: Engine, maxMessages = 10) =>
  receiveWaiting(engine, "orders", "audit", { maxMessages, waitSeconds: 0 });

it("GIVEN messages that nobody received WHEN the sweep looks THEN it tells how many, and since when", async () => {
  // GIVEN
  const { engine, clock, look } = await aTopic();
  await publishOne(engine);
  clock.advance(5 * MINUTE_MS);
  await publishTexts(engine, "orders", aText("a"), aText("b"));
  clock.advance(1_500);
  // WHEN
  const told = await look();
  // THEN
  expect(told.get("audit")).toEqual({
    ...{ topic: "orders", subscription: "audit", backlog: 3, oldestSeconds: 301 },
  });
  expect(told.get("")).toEqual({ topic: "orders", subscriptions: 1, backlog: 3, oldestSeconds: 301 });
});

it("GIVEN all of it acknowledged WHEN the sweep looks THEN it tells a zero, so that alarms end", async () => {
  const { engine, clock, look } = await aTopic();
  await publishOne(engine);
  const messages = await receive(engine);
  await settle(
    engine,
    "orders",
    "audit",
    messages.map(({ receipt }) => ({ receipt, outcome: "ack" as const })),
  );
  clock.advance(MINUTE_MS);
  const told = await look();
  expect(told.get("audit")).toMatchObject({ backlog: 0, oldestSeconds: 0 });
  expect(told.get("")).toMatchObject({ backlog: 0, oldestSeconds: 0 });
});

it("GIVEN messages that were handed out or wait to be WHEN it looks THEN they have their age", async () => {
  const { engine, clock, look } = await aTopic();
  await publishOne(engine);
  const [message] = await receive(engine);
  clock.advance(10_000);
  expect((await look()).get("audit")).toMatchObject({ backlog: 0, oldestSeconds: 10 });
  await settle(engine, "orders", "audit", [
    { receipt: message?.receipt ?? "", outcome: "retry", delaySeconds: 600 },
  ]);
  clock.advance(50_000);
  expect((await look()).get("audit")).toMatchObject({ backlog: 0, oldestSeconds: 60 });
});

it("GIVEN a seek to the end WHEN it looks THEN what was handed out before it is not waited for", async () => {
  const { engine, clock, look } = await aTopic();
  await publishOne(engine);
  await receive(engine);
  await seek(engine, "orders", "audit", "latest");
  clock.advance(MINUTE_MS);
  expect((await look()).get("audit")).toMatchObject({ backlog: 0, oldestSeconds: 0 });
});

it("GIVEN partitions and subscriptions WHEN it looks THEN each has its own, and the topic the worst", async () => {
  const { engine, clock, look } = await aTopic(4);
  await publishTexts(engine, "orders", aText("a"), aText("b"));
  clock.advance(MINUTE_MS);
  await putSubscription(engine, "orders", "late", { from: "latest" });
  await publishOne(engine);
  clock.advance(1_000);
  const told = await look();
  expect(told.get("audit")).toMatchObject({ backlog: 3, oldestSeconds: 61 });
  expect(told.get("late")).toMatchObject({ backlog: 1, oldestSeconds: 1 });
  expect(told.get("")).toMatchObject({ subscriptions: 2, backlog: 3, oldestSeconds: 61 });
});

it("GIVEN a filter WHEN it looks THEN what cannot match waits for nobody", async () => {
  const { engine, clock, look } = await aTopic();
  await changeSubscription(engine, "orders", "audit", { filter: '{"tag":["wanted"]}' });
  await publishTexts(engine, "orders", { ...aText("a"), tag: "other" });
  clock.advance(MINUTE_MS);
  await publishTexts(engine, "orders", { ...aText("b"), tag: "wanted" });
  clock.advance(1_000);
  expect((await look()).get("audit")).toMatchObject({ backlog: 1, oldestSeconds: 1 });
});

it("GIVEN what is older than the retention WHEN it looks THEN nothing that lives is older than its life", async () => {
  const { engine, clock, look } = await aTopic();
  await publishOne(engine);
  clock.advance(90 * MINUTE_MS);
  await publishOne(engine);
  expect((await look()).get("audit")).toMatchObject({ oldestSeconds: 3_600 });
});

it("GIVEN a hundred subscriptions that are equally far behind WHEN it looks THEN their slot is read once", async () => {
  // GIVEN
  const { engine, process, look, clock } = await aTopic();
  for (let nth = 1; nth < 100; nth++) await putSubscription(engine, "orders", `s${nth}`, {});
  await publishOne(engine);
  clock.advance(1_000);
  let reads = 0;
  const counting = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.read") reads++;
      return await carryOut();
    }),
  );
  // WHEN
  const told = await look(counting);
  // THEN
  expect(told.size).toBe(101);
  expect(told.get("s99")).toMatchObject({ backlog: 1, oldestSeconds: 1 });
  expect(reads).toBe(1);
});

it("GIVEN many subscriptions behind a jump WHEN the sweep looks THEN it counts once", async () => {
  const { engine, clock, process, look } = await aTopic();
  for (let number = 0; number < 20; number++) await putSubscription(engine, "orders", `s${number}`, {});
  await publishOne(engine);
  clock.advance(65 * MINUTE_MS);
  await publishOne(engine);
  let reads = 0;
  const counting = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.slotAt") reads++;
      return await carryOut();
    }),
  );
  const told = await look(counting);
  expect(told.get("s19")).toMatchObject({ backlog: 2 });
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThan(50);
});

it("GIVEN a topic without a mark WHEN the daily round looks it over THEN nothing is told of it", async () => {
  const { engine, telemetry } = await aTopic();
  const { value: topic } = await putTopic(engine, "idle", {});
  await putSubscription(engine, "idle", "audit", {});
  for (const mark of (await engine.marks.list({ limit: 10 })).items) await engine.marks.remove(mark);
  await lookOver(engine, topic);
  expect(telemetry.events.filter(({ name }) => name.endsWith("-backlog"))).toEqual([]);
});
