import { parseMessageId } from "../../../lib/domain/message-id.js";
import { type Topic, parsePartitionKey, partitionKey } from "../../../lib/domain/topic.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { TOPIC_CACHE_MS, findTopic } from "../../../lib/operations/lookup.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import {
  TOMBSTONE_MS,
  changeTopic,
  deleteTopic,
  getTopic,
  listTopics,
  putTopic,
} from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText, publishTexts } from "../a-deployment.js";

/** The next life of a deleted topic, as soon as its name is free. */
async function madeAgain({ clock }: Deployment, engine: Engine): Promise<Topic> {
  for (;;) {
    clock.advance(500);
    const made = await putTopic(engine, "orders", {}).catch(() => undefined);
    if (made) return made.value;
  }
}

describe("putTopic", () => {
  it("makes one topic of two calls at once", async () => {
    const deployment = aDeployment();
    const puts = await Promise.all(
      [deployment.process(), deployment.process()].map((process) => putTopic(process, "orders", {})),
    );
    expect(puts.map(({ created }) => created).sort()).toEqual([false, true]);
    expect(puts[0]?.value).toEqual(puts[1]?.value);
  });

  it("gives each life a name that ids and doorbells can carry", async () => {
    const { process, clock } = aDeployment();
    const engine = process();
    const uids = new Set<string>();
    for (let life = 1; life <= 50; life++) {
      const { value: topic } = await putTopic(engine, "orders", {});
      const [id = ""] = await publishTexts(engine, "orders", aText("x"));
      expect(parseMessageId(id)?.topic).toEqual({ name: "orders", uid: topic.uid });
      const key = partitionKey({ topic, partition: 255 });
      expect(parsePartitionKey(key)).toEqual({ topic: { name: "orders", uid: topic.uid }, partition: 255 });
      uids.add(topic.uid);
      await deleteTopic(engine, "orders");
      clock.advance(TOMBSTONE_MS);
    }
    expect(uids.size).toBe(50);
  });

  it("says when a name is free again", async () => {
    const { process, clock } = aDeployment();
    const engine = process();
    await putTopic(engine, "orders", {});
    await deleteTopic(engine, "orders");
    clock.advance(TOMBSTONE_MS - 1_000);
    await expect(putTopic(engine, "orders", {})).rejects.toMatchObject({
      code: "topic-just-deleted",
      retryAfterMs: 1_000,
    });
    clock.advance(1_000);
    expect((await putTopic(engine, "orders", {})).created).toBe(true);
  });
});

describe("changeTopic", () => {
  it.each([
    [{ ordering: "key" }, "ordering"],
    [{ partitions: 15 }, "partitions"],
  ] as const)("refuses %j", async (change, path) => {
    const engine = aDeployment().process();
    const { value: topic } = await putTopic(engine, "orders", {});
    await expect(changeTopic(engine, "orders", change)).rejects.toMatchObject({
      code: "setting-fixed",
      errors: [{ path }],
    });
    expect(await getTopic(engine, "orders")).toEqual(topic);
  });

  it("lets partitions grow", async () => {
    const engine = aDeployment().process();
    await putTopic(engine, "orders", {});
    expect(await changeTopic(engine, "orders", { partitions: 256 })).toMatchObject({
      partitions: 256,
      version: 2,
    });
  });

  it("writes nothing where nothing changes", async () => {
    const { process, clock } = aDeployment();
    const engine = process();
    const { value: topic } = await putTopic(engine, "orders", { description: "a" });
    clock.advance(1_000);
    expect(await changeTopic(engine, "orders", { description: "a" })).toEqual(topic);
  });

  it("loses no change of two that are made at once", async () => {
    const deployment = aDeployment();
    const [one, other] = [deployment.process(), deployment.process()];
    await putTopic(one, "orders", {});
    await Promise.all([
      changeTopic(one, "orders", { description: "new" }),
      changeTopic(other, "orders", { retentionSeconds: 7_200 }),
    ]);
    const expected = { description: "new", retentionSeconds: 7_200, version: 3 };
    expect(await getTopic(one, "orders")).toMatchObject(expected);
  });

  it("gives up where it loses every time", async () => {
    let tries = 0;
    const engine = aDeployment().process(({ topics }) => ({
      topics: {
        ...topics,
        update: () => {
          tries++;
          return Promise.resolve("conflict");
        },
      },
    }));
    await putTopic(engine, "orders", {});
    await expect(changeTopic(engine, "orders", { description: "new" })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(tries).toBe(8);
  });

  it("is seen by its own process at once, and by the others as soon as they look again", async () => {
    const deployment = aDeployment();
    const [one, other] = [deployment.process(), deployment.process()];
    await putTopic(one, "orders", {});
    await Promise.all([findTopic(one, "orders"), findTopic(other, "orders")]);
    await changeTopic(one, "orders", { paused: "publish" });
    expect((await findTopic(one, "orders")).paused).toBe("publish");
    expect((await findTopic(other, "orders")).paused).toBe("none");
    deployment.clock.advance(TOPIC_CACHE_MS);
    expect((await findTopic(other, "orders")).paused).toBe("publish");
  });

  it("that pauses publishing is heard of within five seconds by whoever publishes, wherever", async () => {
    // GIVEN a publisher in another process, four times a second
    const deployment = aDeployment();
    const [one, other] = [deployment.process(), deployment.process()];
    await putTopic(one, "orders", {});
    await publishTexts(other, "orders", aText("x"));
    // WHEN
    await changeTopic(one, "orders", { paused: "publish" });
    const pausedAtMs = deployment.clock.nowMs();
    const tryOnce = (): Promise<string> =>
      publishTexts(other, "orders", aText("x")).then(
        () => "published",
        (error: { code: string }) => error.code,
      );
    let outcome = await tryOnce();
    while (outcome === "published" && deployment.clock.nowMs() - pausedAtMs < 10_000) {
      deployment.clock.advance(250);
      outcome = await tryOnce();
    }
    // THEN
    expect(outcome).toBe("topic-paused");
    expect(deployment.clock.nowMs() - pausedAtMs).toBeLessThan(5_000);
  });
});

describe("deleteTopic", () => {
  it("lets nobody publish to a life that is over once there is a new one", async () => {
    // GIVEN
    const deployment = aDeployment();
    const [one, other] = [deployment.process(), deployment.process()];
    await putTopic(one, "orders", {});
    await findTopic(other, "orders");
    // WHEN
    await deleteTopic(one, "orders");
    const next = await madeAgain(deployment, one);
    // THEN
    const [id = ""] = await publishTexts(other, "orders", aText("x"));
    expect(parseMessageId(id)?.topic.uid).toBe(next.uid);
  });

  it.each([-120_000, -60_000, 60_000, 120_000])(
    "lets nobody publish to a life that is over, where the clock of who makes the next one is %i ms off",
    async (skewMs) => {
      // GIVEN a publisher that has looked the topic up this moment
      const deployment = aDeployment();
      const [one, other] = [deployment.process(), deployment.process()];
      const skewed = deployment.process(({ clock }) => ({
        clock: { ...clock, nowMs: () => clock.nowMs() + skewMs },
      }));
      await putTopic(one, "orders", {});
      await findTopic(other, "orders");
      // WHEN
      await deleteTopic(one, "orders");
      const next = await madeAgain(deployment, skewed);
      // THEN
      const [id = ""] = await publishTexts(other, "orders", aText("x"));
      expect(parseMessageId(id)?.topic.uid).toBe(next.uid);
    },
  );

  it("lets nobody publish to a life that is over whose clock was set back after it looked the topic up", async () => {
    // GIVEN a publisher that goes by a clock of its own
    const deployment = aDeployment();
    const [one, other] = [
      deployment.process(),
      deployment.process(({ clock }) => ({ clock: shifting(clock) })),
    ];
    let skewMs = 0;
    function shifting(clock: Engine["clock"]): Engine["clock"] {
      return { ...clock, nowMs: () => clock.nowMs() + skewMs };
    }
    await putTopic(one, "orders", {});
    await findTopic(other, "orders");
    await deleteTopic(one, "orders");
    // WHEN what it knows looks fresh as soon as there is a next life
    const deletedAtMs = deployment.clock.nowMs();
    const next = await madeAgain(deployment, one);
    skewMs = -Math.min(120_000, deployment.clock.nowMs() - deletedAtMs - 1_000);
    // THEN
    const [id = ""] = await publishTexts(other, "orders", aText("x"));
    expect(parseMessageId(id)?.topic.uid).toBe(next.uid);
  });

  it("is not done while a subscription is made at the same moment", async () => {
    const { process } = aDeployment();
    const engine = process();
    await putTopic(engine, "orders", {});
    const [made, deleted] = await Promise.allSettled([
      putSubscription(engine, "orders", "audit", {}),
      deleteTopic(engine, "orders"),
    ]);
    expect([made.status, deleted.status].sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("of a topic that is not there says so", async () => {
    const engine = aDeployment().process();
    await expect(deleteTopic(engine, "orders")).rejects.toMatchObject({ code: "topic-not-found" });
  });
});

it("lists topics by name", async () => {
  const engine = aDeployment().process();
  for (const name of ["b", "a"]) await putTopic(engine, name, {});
  const { items, nextCursor } = await listTopics(engine, { limit: 1 });
  expect(items.map(({ name }) => name)).toEqual(["a"]);
  const rest = await listTopics(engine, { limit: 1, cursor: String(nextCursor) });
  expect(rest.items.map(({ name }) => name)).toEqual(["b"]);
});
