import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import {
  changeSubscription,
  deleteSubscription,
  listSubscriptions,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText, publishTexts } from "../a-deployment.js";

const LAMBDA = {
  type: "lambda",
  functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship",
} as const;

async function withTopic(): Promise<Deployment & { readonly engine: Engine }> {
  const deployment = aDeployment();
  const engine = deployment.process();
  await putTopic(engine, "orders", {});
  return { ...deployment, engine };
}

const received = async (engine: Engine, name = "audit"): Promise<readonly unknown[]> =>
  (await receiveWaiting(engine, "orders", name, { maxMessages: 1_000, waitSeconds: 0 })).map(
    ({ body }) => body,
  );

describe("putSubscription", () => {
  it("makes one subscription of two calls at once", async () => {
    const { process } = await withTopic();
    const puts = await Promise.all(
      [process(), process()].map((engine) => putSubscription(engine, "orders", "audit", {})),
    );
    expect(puts.map(({ created }) => created).sort()).toEqual([false, true]);
    expect(puts[0]?.value).toEqual(puts[1]?.value);
  });

  it("starts once: put again, it goes on where it was", async () => {
    const { engine } = await withTopic();
    await putSubscription(engine, "orders", "audit", { from: "latest" });
    await publishTexts(engine, "orders", aText("one"));
    const again = await putSubscription(engine, "orders", "audit", { from: "latest" });
    expect(again.created).toBe(false);
    expect(await received(engine)).toEqual(["one"]);
  });

  it("sees all that is published once it is made, whatever is published meanwhile", async () => {
    for (let delay = 0; delay < 12; delay++) {
      const { engine, process } = await withTopic();
      const making = putSubscription(engine, "orders", "audit", {});
      for (let step = 0; step < delay; step++) await Promise.resolve();
      const meanwhile = publishTexts(process(), "orders", aText("meanwhile"));
      await making;
      await publishTexts(process(), "orders", aText("afterwards"));
      await meanwhile;
      expect(await received(engine)).toContain("afterwards");
    }
  });

  it("sees a partition that comes into use later from its beginning", async () => {
    const { engine } = await withTopic();
    await putTopic(engine, "keyed", { ordering: "key", partitions: 8 });
    await putSubscription(engine, "keyed", "audit", {});
    const bodies = Array.from({ length: 20 }, (_, index) => `${index}`);
    await publishTexts(engine, "keyed", ...bodies.map((body) => aText(body, { key: body })));
    const handed: unknown[] = [];
    for (let looks = 1; looks <= 8; looks++) {
      const request = { maxMessages: 100, waitSeconds: 0 };
      handed.push(...(await receiveWaiting(engine, "keyed", "audit", request)).map(({ body }) => body));
    }
    expect(new Set(handed)).toEqual(new Set(bodies));
  });

  it("is not done for a topic that is not there", async () => {
    const engine = aDeployment().process();
    await expect(putSubscription(engine, "orders", "audit", {})).rejects.toMatchObject({
      code: "topic-not-found",
    });
  });

  it("is not done for a topic that goes at the same moment", async () => {
    const { process } = await withTopic();
    const engine = process(({ subscriptions }) => ({
      subscriptions: { ...subscriptions, create: () => Promise.resolve({ kind: "topic-gone" }) },
    }));
    await expect(putSubscription(engine, "orders", "audit", {})).rejects.toMatchObject({
      code: "topic-not-found",
    });
  });
});

describe("changeSubscription", () => {
  it("changes what is given, down to one size of the batch", async () => {
    const { engine } = await withTopic();
    await putSubscription(engine, "orders", "audit", { ackDeadlineSeconds: 60 });
    const changed = await changeSubscription(engine, "orders", "audit", { batch: { maxMessages: 5 } });
    const batch = { maxMessages: 5, maxBytes: 262_144 };
    expect(changed).toMatchObject({ ackDeadlineSeconds: 60, batch, version: 2 });
  });

  it("writes nothing where nothing changes", async () => {
    const { engine, clock } = await withTopic();
    const { value } = await putSubscription(engine, "orders", "audit", {});
    clock.advance(1_000);
    const same = { batch: { maxMessages: value.batch.maxMessages }, paused: false };
    expect(await changeSubscription(engine, "orders", "audit", same)).toEqual(value);
  });

  it("keeps the kind of target", async () => {
    const { engine } = await withTopic();
    await putSubscription(engine, "orders", "audit", {});
    await expect(changeSubscription(engine, "orders", "audit", { target: LAMBDA })).rejects.toMatchObject({
      code: "setting-fixed",
      errors: [{ path: "target.type" }],
    });
  });

  it("loses no change of two that are made at once", async () => {
    const { process } = await withTopic();
    const [one, other] = [process(), process()];
    await putSubscription(one, "orders", "audit", {});
    await Promise.all([
      changeSubscription(one, "orders", "audit", { paused: true }),
      changeSubscription(other, "orders", "audit", { maxConcurrency: 3 }),
    ]);
    const { items } = await listSubscriptions(one, "orders", { limit: 10 });
    expect(items).toMatchObject([{ paused: true, maxConcurrency: 3, version: 3 }]);
  });

  it("gives up where it loses every time", async () => {
    const { process } = await withTopic();
    const engine = process(({ subscriptions }) => ({
      subscriptions: { ...subscriptions, update: () => Promise.resolve("conflict") },
    }));
    await putSubscription(engine, "orders", "audit", {});
    const change = changeSubscription(engine, "orders", "audit", { paused: true });
    await expect(change).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("deleteSubscription", () => {
  it("takes the progress with it: made again, it starts anew", async () => {
    const { engine, storage } = await withTopic();
    const { value } = await putSubscription(engine, "orders", "audit", {});
    await publishTexts(engine, "orders", aText("one"));
    await received(engine);
    expect(storage.progress.get(subscriptionKey(value))?.records()).toHaveLength(1);
    await deleteSubscription(engine, "orders", "audit");
    expect(storage.progress.get(subscriptionKey(value))?.records() ?? []).toEqual([]);
    await putSubscription(engine, "orders", "audit", { from: "earliest" });
    expect(await received(engine)).toEqual(["one"]);
  });

  it("ends after a few steps, however much there is", async () => {
    let steps = 0;
    const { process } = await withTopic();
    const engine = process(({ progress }) => ({
      progress: {
        ...progress,
        purge: () => {
          steps++;
          return Promise.resolve(false);
        },
      },
    }));
    await putSubscription(engine, "orders", "audit", {});
    await deleteSubscription(engine, "orders", "audit");
    expect(steps).toBe(4);
    expect((await engine.garbage.list({ limit: 10 })).items).toHaveLength(1);
  });

  it("twice at once is done once", async () => {
    const { process } = await withTopic();
    const [one, other] = [process(), process()];
    await putSubscription(one, "orders", "audit", {});
    const ends = await Promise.allSettled([
      deleteSubscription(one, "orders", "audit"),
      deleteSubscription(other, "orders", "audit"),
    ]);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const lost = ends.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ code: "subscription-not-found" });
  });
});
