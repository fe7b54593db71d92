import { MessageTooLarge } from "../../../lib/domain/errors.js";
import { deleteTopic } from "../../../lib/operations/manage/topics.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { aText } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { aMessage, bodiesIn, withDedup } from "./with-dedup.js";

it("GIVEN publishes in flight WHEN some have dedupIds THEN these share a slot of their own", async () => {
  const deployment = await withDedup();
  const engine = deployment.process();
  const all = ["a", "b", undefined, "c", undefined].map((id) => publish(engine, "orders", [aMessage(id)]));
  await Promise.all(all);
  expect(bodiesIn(deployment)).toHaveLength(2);
  expect(bodiesIn(deployment)).toEqual(
    expect.arrayContaining([
      ["a", "b", "c"],
      ["none", "none"],
    ]),
  );
});

it("GIVEN two with the same id WHEN both are in flight THEN one is stored, and both are told of it", async () => {
  const deployment = await withDedup();
  const engine = deployment.process();
  const [[one], [other], [third]] = (await Promise.all([
    publish(engine, "orders", [aMessage("a", "one")]),
    publish(engine, "orders", [aMessage("a", "other")]),
    publish(engine, "orders", [aMessage("b"), aMessage(undefined)]),
  ])) as unknown as [[object], [object], [object]];
  expect(other).toEqual({ ...one, isRepeat: true });
  expect(third).not.toHaveProperty("isRepeat");
  expect(bodiesIn(deployment).flat().sort()).toEqual(["b", "none", "one"]);
});

it("GIVEN more ids in flight than a transaction takes WHEN they go THEN none is refused", async () => {
  const deployment = await withDedup();
  const engine = deployment.process();
  const parcels = Array.from({ length: 5 }, (_, at) =>
    Array.from({ length: 40 }, (_, index) => aMessage(`${at}-${index}`)),
  );
  const results = await Promise.all(parcels.map((contents) => publish(engine, "orders", contents)));
  expect(results.flat().every(({ kind }) => kind === "published")).toBe(true);
  expect(bodiesIn(deployment).map((bodies) => bodies.length)).toEqual([80, 80, 40]);
});

it("GIVEN one that the store refuses for good WHEN it shares a slot THEN the others are stored", async () => {
  // GIVEN
  const deployment = await withDedup();
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const { beside } = (args[2] ?? {}) as { beside?: readonly { name: string }[] };
      if (name === "log.append" && beside?.some((claim) => claim.name === culprit))
        throw new MessageTooLarge(2, 1);
      return await carryOut();
    }),
  );
  await publish(deployment.process(), "orders", [aMessage("bad")]);
  const culprit = [...deployment.storage.records.keys()][0];
  deployment.storage.records.clear();
  // WHEN
  const all = ["a", "bad", "c"].map((id) => publish(engine, "orders", [aMessage(id)]));
  const [a, bad, c] = await Promise.all(all);
  // THEN
  expect([a, c].map((results) => results?.[0]?.kind)).toEqual(["published", "published"]);
  expect(bad?.[0]).toMatchObject({ kind: "failed", error: { code: "message-too-large" } });
});

it("GIVEN a topic that is deleted meanwhile WHEN they go THEN all are told", async () => {
  const deployment = await withDedup();
  const engine = deployment.process();
  await publish(engine, "orders", [aText("known")]);
  await deleteTopic(deployment.process(), "orders");
  engine.caches.topics.delete("orders");
  await expect(publish(engine, "orders", [aMessage("a")])).rejects.toMatchObject({ code: "topic-not-found" });
});
