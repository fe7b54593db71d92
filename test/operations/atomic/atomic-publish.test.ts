import { Conflict, StorageUnavailable } from "../../../lib/domain/errors.js";
import { changeTopic, deleteTopic } from "../../../lib/operations/manage/topics.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { type Deployment, aText } from "../a-deployment.js";
import { portsAround, recording } from "../ports-around.js";
import { type Given, bodiesByTopic, together, waiting, withTopics } from "./with-topics.js";

const BOTH: readonly Given[] = [
  ["orders", "a"],
  ["audit", "b"],
];
const MINUTE_MS = 60_000;
/** For an inline limit of 100 bytes: it does not compress away. */
const LARGE = Array.from({ length: 198 }, (_, at) => String.fromCharCode(33 + ((at * at * 37) % 90))).join(
  "",
);
/** What API Gateway waits for. */
const API_TIME_LIMIT_MS = 29_000;

/** Does something before each transaction, by its number. */
const before = (act: (attempt: number) => Promise<void> | void) => {
  let attempt = 0;
  return (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.appendAll") await act(++attempt);
      return await carryOut();
    });
};

const writes = async (deployment: Deployment, topic: string, body = "other"): Promise<void> => {
  await publish(deployment.process(), topic, [aText(body)]);
};

it("GIVEN one of two places that somebody else takes first WHEN they go together THEN both go anew", async () => {
  const deployment = await withTopics({ orders: {}, audit: { partitions: 1 } });
  const engine = deployment.process(
    before(async (attempt) => {
      if (attempt <= 2) await writes(deployment, "audit", `other ${attempt}`);
    }),
  );
  await together(engine, BOTH);
  expect(bodiesByTopic(deployment)).toEqual({
    orders: [["a"]],
    audit: [["other 1"], ["other 2"], ["b"]],
  });
  expect(deployment.telemetry.events).toContainEqual(
    expect.objectContaining({
      name: "atomic-publish-contended",
      fields: { topics: ["audit", "orders"], slots: 2, attempts: 3 },
    }),
  );
});

it("GIVEN another writer at work on an item WHEN the transaction meets it THEN all of it is tried again", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const dueMs = deployment.clock.nowMs() + MINUTE_MS;
  const engine = deployment.process(
    before((attempt) => {
      if (attempt <= 3) throw new Conflict("the test");
    }),
  );
  await together(engine, [...BOTH, ["orders", "c", { deliverAtMs: dueMs }]]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]], audit: [["b"]] });
  expect(waiting(deployment)).toBe(1);
});

it("GIVEN a place that is always taken WHEN all attempts are over THEN nothing is, in time for the API", async () => {
  const deployment = await withTopics({ orders: {}, audit: { partitions: 1 } });
  const engine = deployment.process(before(() => writes(deployment, "audit")));
  const beganMs = deployment.clock.nowMs();
  await expect(together(engine, BOTH)).rejects.toMatchObject({ code: "throttled", retryAfterMs: 500 });
  expect(bodiesByTopic(deployment)).not.toHaveProperty("orders");
  expect(deployment.clock.nowMs() - beganMs).toBeLessThan(API_TIME_LIMIT_MS);
  expect(deployment.telemetry.events).toContainEqual(
    expect.objectContaining({ name: "atomic-publish-gave-up", level: "warn" }),
  );
});

it("GIVEN an answer that is lost WHEN the SDK asks again THEN it is stored once", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const forgetful = deployment.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.appendAll") await carryOut();
      return await carryOut();
    }),
  );
  await together(forgetful, [...BOTH, ["audit", "c", { deliverAtMs: deployment.clock.nowMs() + MINUTE_MS }]]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]], audit: [["b"]] });
  expect(waiting(deployment)).toBe(1);
});

it("GIVEN an answer that never comes WHEN its sender is told so THEN nothing is tried behind their back", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  let isDown = true;
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (isDown && name === "log.appendAll") throw new StorageUnavailable("the test");
      return answer;
    }),
  );
  const request = { key: "k", fingerprint: "f", scope: "topics" } as const;
  await expect(together(engine, BOTH, request)).rejects.toMatchObject({ code: "storage-unavailable" });
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]], audit: [["b"]] });
  // WHEN it is sent again under its key
  isDown = false;
  const results = await together(engine, BOTH, request);
  // THEN
  expect(results.map(({ kind }) => kind)).toEqual(["published", "published"]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]], audit: [["b"]] });
});

it.each(["paused", "deleted", "made anew"])(
  "GIVEN a topic that is %s between two attempts WHEN it is tried again THEN nothing is stored in any",
  async (what) => {
    const deployment = await withTopics({ orders: {}, audit: { partitions: 1 } });
    const operator = deployment.process();
    const engine = deployment.process(
      before(async (attempt) => {
        await writes(deployment, "audit");
        if (attempt !== 2) return;
        if (what === "paused") await changeTopic(operator, "orders", { paused: "publish" });
        else await deleteTopic(operator, "orders");
        // What a process knows of a topic is two seconds old at the most.
        await deployment.clock.sleep(2_000);
      }),
    );
    const code = what === "paused" ? "topic-paused" : "topic-not-found";
    await expect(together(engine, BOTH)).rejects.toMatchObject({ code });
    expect(bodiesByTopic(deployment)).not.toHaveProperty("orders");
  },
);

it("GIVEN cold tails WHEN messages go behind them THEN each anchor is raised, and each topic marked", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  await together(deployment.process(), BOTH);
  const anchors = () => [...deployment.storage.anchors.values()].map((all) => all.get(0)?.version);
  const first = anchors();
  deployment.clock.advance(20 * MINUTE_MS);
  const { marks } = deployment.storage;
  for (const [key] of [...marks.entries()]) marks.delete(key);
  // WHEN
  await together(deployment.process(), BOTH);
  // THEN
  anchors().forEach((version, at) => expect(version).toBeGreaterThan(first[at] as number));
  expect([...marks.values()].map(({ topic }) => topic.name).sort()).toEqual(["audit", "orders"]);
});

it("GIVEN large bodies WHEN they go together THEN their objects are there before the transaction", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const calls: string[] = [];
  const engine = deployment.process(recording(calls), { inlineLimitBytes: 100 });
  const [one, other, later] = ["1", "2", "3"].map((name) => `${name} ${LARGE}`) as [string, string, string];
  await together(engine, [
    ["orders", one],
    ["audit", other],
    ["audit", later, { deliverAtMs: deployment.clock.nowMs() + MINUTE_MS }],
  ]);
  expect(calls.filter((name) => name === "segments.put")).toHaveLength(3);
  expect(calls.lastIndexOf("segments.put")).toBeLessThan(calls.indexOf("log.appendAll"));
  expect(bodiesByTopic(deployment)).toEqual({ orders: [[one]], audit: [[other]] });
});

it("GIVEN an object that cannot be stored WHEN it belongs to one of several THEN nothing is stored", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const engine = deployment.process(
    (ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "segments.put") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    { inlineLimitBytes: 100 },
  );
  const dueMs = deployment.clock.nowMs() + MINUTE_MS;
  for (const given of [{}, { deliverAtMs: dueMs }])
    await expect(
      together(engine, [
        ["audit", "b"],
        ["orders", LARGE, given],
      ]),
    ).rejects.toMatchObject({ code: "storage-unavailable" });
  expect(bodiesByTopic(deployment)).toEqual({});
  expect(waiting(deployment)).toBe(0);
});
