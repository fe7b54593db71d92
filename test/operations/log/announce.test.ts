import { announce, announced } from "../../../lib/operations/log/announce.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import type { Topic } from "../../../lib/domain/topic.js";
import { type Deployment, aDeployment } from "../a-deployment.js";
import { aTopic, appendTo } from "../an-append.js";
import { recording } from "../ports-around.js";

const MINUTE_MS = 60_000;

async function withTopic() {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  await unmark(deployment, topic);
  return { ...deployment, topic };
}

const markOf = async ({ process }: Pick<Deployment, "process">, topic: Topic) =>
  await process().marks.get(topic);

async function unmark(deployment: Pick<Deployment, "process">, topic: Topic): Promise<void> {
  const mark = await markOf(deployment, topic);
  if (mark) await deployment.process().marks.remove(mark);
}

describe("news", () => {
  it("is announced once a minute by the same process, each time by another mark", async () => {
    // GIVEN
    const deployment = await withTopic();
    const { topic, clock } = deployment;
    const engine = deployment.process();
    const announceNow = async () => {
      await announce(engine, topic);
      return (await markOf(deployment, topic))?.version;
    };
    // WHEN
    const first = await announceNow();
    clock.advance(MINUTE_MS - 1);
    const second = await announceNow();
    clock.advance(1);
    const third = await announceNow();
    // THEN
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    // AND by another process at once, or where a clock was set back
    await announce(deployment.process(), topic);
    expect((await markOf(deployment, topic))?.version).not.toBe(third);
    clock.advance(-1);
    expect(await announceNow()).not.toBe(third);
  });

  it("that takes long is announced again once it is there: its mark may be gone by then", async () => {
    const deployment = await withTopic();
    const { topic, clock } = deployment;
    await announced(deployment.process(), topic, async () => {
      clock.advance(MINUTE_MS);
      await unmark(deployment, topic);
    });
    expect(await markOf(deployment, topic)).toBeDefined();
  });

  it("is a message behind a cold tail, and none behind a warm one", async () => {
    // GIVEN
    const deployment = await withTopic();
    const { topic, clock } = deployment;
    const marksSetBy = async (): Promise<number> => {
      const calls: string[] = [];
      await appendTo(deployment.process(recording(calls)), topic, "m");
      return calls.filter((name) => name === "marks.set").length;
    };
    // THEN
    expect(await marksSetBy()).toBe(1);
    expect(await marksSetBy()).toBe(0);
    clock.advance(5 * MINUTE_MS - 1);
    expect(await marksSetBy()).toBe(0);
    clock.advance(5 * MINUTE_MS);
    expect(await marksSetBy()).toBe(1);
  });

  it.each([
    ["a subscription that is made", (engine, { name }) => putSubscription(engine, name, "new", {})],
    ["one that is sought", (engine, { name }) => seek(engine, name, "audit", "earliest")],
    ["one that is changed", (engine, { name }) => putSubscription(engine, name, "audit", { paused: true })],
    ["a topic that is changed", (engine, { name }) => changeTopic(engine, name, { paused: "delivery" })],
  ] satisfies [string, (engine: ReturnType<Deployment["process"]>, topic: Topic) => Promise<unknown>][])(
    "is %s",
    async (_, change) => {
      const deployment = await withTopic();
      const { topic } = deployment;
      await putSubscription(deployment.process(), topic.name, "audit", {});
      await unmark(deployment, topic);
      await change(deployment.process(), topic);
      expect(await markOf(deployment, topic)).toBeDefined();
    },
  );
});
