import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import { publishToTopics } from "../../../lib/operations/delay/publish-to-topics.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import { type Given, bodiesByTopic, draftsOf, withTopics } from "../atomic/with-topics.js";
import { portsAround } from "../ports-around.js";

const REQUEST = { key: "k", fingerprint: "same" };
const send = (engine: Engine, given: readonly Given[], request?: typeof REQUEST) =>
  publishToTopics(
    engine,
    draftsOf(given).map((draft, index) => ({ ...draft, index })),
    request,
  );
const codes = (results: readonly PublishResult[]): readonly string[] =>
  results.map((result) => (result.kind === "failed" ? result.error.code : result.kind));

it("GIVEN several topics WHEN some fail THEN the others are stored, and each has its own result", async () => {
  const deployment = await withTopics({ orders: {}, audit: {}, asleep: {}, keyed: { ordering: "key" } });
  const engine = deployment.process();
  await changeTopic(engine, "asleep", { paused: "publish" });
  const results = await send(engine, [
    ["orders", "a"],
    ["none", "b"],
    ["audit", "c"],
    ["asleep", "d"],
    ["keyed", "e"],
    ["orders", "f"],
  ]);
  expect(codes(results)).toEqual([
    ...["published", "topic-not-found", "published", "topic-paused", "invalid-request", "published"],
  ]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a", "f"]], audit: [["c"]] });
});

it("GIVEN a store that fails WHEN no message is stored in any topic THEN the whole request fails", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  let failing = "all";
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const { topic } = (args[0] ?? {}) as { topic?: { name: string } };
      if (name === "log.append" && (failing === "all" || failing === topic?.name))
        throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const given: readonly Given[] = [
    ["orders", "a"],
    ["audit", "b"],
  ];
  await expect(send(engine, given)).rejects.toMatchObject({ code: "storage-unavailable" });
  failing = "audit";
  expect(codes(await send(engine, given))).toEqual(["published", "storage-unavailable"]);
});

it("GIVEN more topics than go at once WHEN they are published to THEN each has its message", async () => {
  const names = Array.from({ length: 40 }, (_, at) => `t${at}`);
  const deployment = await withTopics(Object.fromEntries(names.map((name) => [name, {}])));
  const results = await send(
    deployment.process(),
    names.map((name) => [name, `to ${name}`]),
  );
  expect(codes(results).every((code) => code === "published")).toBe(true);
  expect(bodiesByTopic(deployment)).toEqual(
    Object.fromEntries(names.map((name) => [name, [[`to ${name}`]]])),
  );
});

it("GIVEN a request that was stored in part WHEN it is sent again THEN the rest is, and the ids stay", async () => {
  const deployment = await withTopics({ orders: {}, audit: {} });
  const engine = deployment.process();
  await changeTopic(engine, "audit", { paused: "publish" });
  const given: readonly Given[] = [
    ["orders", "a"],
    ["audit", "b"],
  ];
  const first = await send(engine, given, REQUEST);
  expect(codes(first)).toEqual(["published", "topic-paused"]);
  await changeTopic(engine, "audit", { paused: "none" });
  // WHEN
  const second = await send(deployment.process(), given, REQUEST);
  // THEN
  expect(codes(second)).toEqual(["published", "published"]);
  expect(second[0]).toEqual(first[0]);
  expect(await send(deployment.process(), given, REQUEST)).toEqual(second);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]], audit: [["b"]] });
});

it("GIVEN a key WHEN another request has it THEN nothing of that is stored, in no topic", async () => {
  const deployment = await withTopics({ orders: {}, audit: {}, more: {} });
  await send(deployment.process(), [["orders", "a"]], REQUEST);
  const other = { ...REQUEST, fingerprint: "other" };
  const reused = send(
    deployment.process(),
    [
      ["more", "b"],
      ["orders", "c"],
    ],
    other,
  );
  await expect(reused).rejects.toMatchObject({ code: "idempotency-key-reused" });
  expect(bodiesByTopic(deployment)).toEqual({ orders: [["a"]] });
});

it("GIVEN a key WHEN a publish to one of the topics has the same THEN that is another request", async () => {
  const deployment = await withTopics({ orders: {} });
  await send(deployment.process(), [["orders", "a"]], REQUEST);
  const drafts = draftsOf([["orders", "b"]]).map((draft, index) => ({ ...draft, index }));
  const alone = await publishOrDelay(deployment.process(), "orders", drafts, {
    ...REQUEST,
    fingerprint: "x",
  });
  expect(codes(alone)).toEqual(["published"]);
});
