import { partitionOfKey } from "../../../lib/domain/topic.js";
import { clockRuns } from "../delay/with-delayed.js";
import { bodiesByTopic, together, waiting, withTopics } from "./with-topics.js";

const REQUEST = { key: "k", fingerprint: "same", scope: "topics" } as const;

it("GIVEN several topics WHEN messages go to them together THEN each has its place in its own log", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const results = await together(deployment.process(), [
    ["orders", "a"],
    ["audit", "b"],
    ["orders", "c"],
  ]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a", "c"]], audit: [["b"]] });
  expect(results.map(({ kind }) => kind)).toEqual(["published", "published", "published"]);
  const topicOf = (at: number) => (results[at] as { id: string }).id.split(".")[0];
  expect([0, 1, 2].map(topicOf)).toEqual(["orders", "audit", "orders"]);
});

it("GIVEN ordering by key WHEN its keys go together THEN each lies in its partition, in order", async () => {
  const deployment = await withTopics({ orders: { ordering: "key", partitions: 4 } });
  const keys = ["a", "b", "c", "d", "e", "a", "b"];
  await together(
    deployment.process(),
    keys.map((key, at) => ["orders", `${key}${at}`, { key }]),
  );
  const slots = bodiesByTopic(deployment)["orders"] ?? [];
  expect(slots).toHaveLength(new Set(keys.map((key) => partitionOfKey(key, 4))).size);
  const flat = slots.flat();
  expect(flat.indexOf("a0")).toBeLessThan(flat.indexOf("a5"));
  expect(flat.indexOf("b1")).toBeLessThan(flat.indexOf("b6"));
});

it("GIVEN a message without the key its topic asks for WHEN it goes with others THEN all are refused", async () => {
  const deployment = await withTopics({ orders: { ordering: "key" }, audit: {} });
  const refused = together(deployment.process(), [
    ["audit", "a"],
    ["orders", "b"],
  ]);
  await expect(refused).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ path: "messages[1].key" }],
  });
  expect(bodiesByTopic(deployment)).toEqual({});
});

it("GIVEN two equal dedupIds in one request WHEN it is published THEN the first counts", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const results = await together(deployment.process(), [
    ["orders", "a", { dedupId: "x" }],
    ["orders", "b", { dedupId: "x" }],
    ["audit", "c", { dedupId: "x" }],
  ]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]], audit: [["c"]] });
  expect(results[1]).toEqual({ ...results[0], isRepeat: true });
  expect(results[2]).not.toHaveProperty("isRepeat");
});

it("GIVEN known dedupIds WHEN they come again THEN they are told of the first, and the rest is stored", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const dueMs = deployment.clock.nowMs() + 10_000;
  const first = await together(deployment.process(), [
    ["orders", "a", { dedupId: "x" }],
    ["audit", "later", { dedupId: "y", deliverAtMs: dueMs }],
  ]);
  // WHEN
  const second = await together(deployment.process(), [
    ["audit", "other", { dedupId: "y", deliverAtMs: dueMs }],
    ["orders", "new", { dedupId: "z" }],
    ["orders", "again", { dedupId: "x" }],
  ]);
  // THEN
  expect(second[0]).toEqual({ ...first[1], isRepeat: true });
  expect(second[2]).toEqual({ ...first[0], isRepeat: true });
  expect(second[1]).toMatchObject({ kind: "published" });
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"], ["new"]] });
  const told = deployment.telemetry.events.filter(({ name }) => name === "messages-deduplicated");
  expect(told.map(({ fields }) => fields)).toEqual([
    expect.objectContaining({ topic: "audit", messages: 1 }),
    expect.objectContaining({ topic: "orders", messages: 1 }),
  ]);
});

it("GIVEN nothing but repeats WHEN they come with a key THEN the key stands for them all the same", async () => {
  const deployment = await withTopics({ orders: {} });
  const message = ["orders", "a", { dedupId: "x" }] as const;
  const [first] = await together(deployment.process(), [message]);
  const repeat = [{ ...first, isRepeat: true }];
  expect(await together(deployment.process(), [message], REQUEST)).toEqual(repeat);
  // The window is over, and the key is not.
  await deployment.clock.sleep(400_000);
  expect(await together(deployment.process(), [message], REQUEST)).toEqual(repeat);
});

it("GIVEN delayed messages among others WHEN they go together THEN they are published when they are due", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const dueMs = deployment.clock.nowMs() + 10_000;
  const results = await together(deployment.process(), [
    ["orders", "later", { deliverAtMs: dueMs }],
    ["audit", "now"],
    ["audit", "later too", { deliverAtMs: dueMs }],
  ]);
  expect(results.map(({ kind }) => kind)).toEqual(["scheduled", "published", "scheduled"]);
  expect(waiting(deployment)).toBe(2);
  await clockRuns(deployment.process());
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["later"]], audit: [["now"], ["later too"]] });
});

it("GIVEN a stored request WHEN it is sent again THEN it is answered as before, and nothing is stored", async () => {
  const deployment = await withTopics({ orders: { ordering: "key", partitions: 4 }, audit: {} });
  const dueMs = deployment.clock.nowMs() + 10_000;
  await together(deployment.process(), [["audit", "before", { dedupId: "x" }]]);
  const send = (request = REQUEST) =>
    together(
      deployment.process(),
      [
        ["orders", "a", { key: "a" }],
        ["audit", "b", { dedupId: "x" }],
        ["orders", "c", { key: "c", deliverAtMs: dueMs }],
        ["orders", "d", { key: "d", dedupId: "y" }],
        ["orders", "e", { key: "e", dedupId: "y" }],
      ],
      request,
    );
  const first = await send();
  expect(await send()).toEqual(first);
  expect(waiting(deployment)).toBe(1);
  expect(bodiesByTopic(deployment)["orders"]?.flat()).toEqual(["a", "d"]);
  const other = { ...REQUEST, fingerprint: "another" } as unknown as typeof REQUEST;
  await expect(send(other)).rejects.toMatchObject({ code: "idempotency-key-reused" });
  expect(bodiesByTopic(deployment)["orders"]?.flat()).toEqual(["a", "d"]);
});

it("GIVEN more than a transaction takes WHEN it is sent THEN it is refused, with what takes how much", async () => {
  const deployment = await withTopics({ orders: { dedupWindowSeconds: 60 }, audit: {} });
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ["orders", `${at}`, { dedupId: `${at}` }] as const);
  const refused = together(deployment.process(), [...many(97), ["audit", "b"]], REQUEST);
  await expect(refused).rejects.toMatchObject({
    code: "atomic-too-large",
    message: expect.stringMatching(
      /up to 100 writes, and this takes 102: 2 for each of 2 partitions, 1 for each of 97 dedupIds, 1 for the/,
    ),
  });
  expect(bodiesByTopic(deployment)).toEqual({});
  await together(deployment.process(), [...many(95), ["audit", "b"]], REQUEST);
  expect(bodiesByTopic(deployment)["orders"]?.flat()).toHaveLength(95);
});

it("GIVEN many messages without ids WHEN they go to one topic THEN they are one slot, up to its bytes", async () => {
  const deployment = await withTopics({ orders: {} });
  const sized = (count: number, bytes: number) =>
    Array.from({ length: count }, (_, at) => ["orders", String(at).padEnd(bytes, "x")] as const);
  await together(deployment.process(), sized(1_000, 1_000));
  expect(bodiesByTopic(deployment)["orders"]).toHaveLength(1);
  await expect(together(deployment.process(), sized(5, 1_000_000))).rejects.toMatchObject({
    code: "atomic-too-large",
    message: expect.stringContaining("5 messages"),
  });
  expect(bodiesByTopic(deployment)["orders"]).toHaveLength(1);
});
