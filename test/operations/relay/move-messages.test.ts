import { OUTBOX_SHARDS, type OutboxMessage } from "../../../lib/domain/outbox.js";
import { StorageUnavailable, Throttled } from "../../../lib/domain/errors.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { moveMessages } from "../../../lib/operations/relay/move-messages.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { type Deployment, aDeployment } from "../a-deployment.js";
import { aService, loggedIn, refusedIn, textsIn } from "../an-outbox.js";
import { portsAround } from "../ports-around.js";

const SHORT = '{"type":"string","maxLength":3}';

async function withOrders(settings: Partial<TopicSettings> = {}) {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  const engine = deployment.process();
  const { value: topic } = await putTopic(engine, "orders", { partitions: 4, ...settings });
  return { ...deployment, engine, topic, write: aService(storage, () => clock.nowMs()) };
}

/** All that waits, shard by shard. */
async function waitingIn({ outbox }: Engine): Promise<readonly OutboxMessage[]> {
  const shards = Array.from({ length: OUTBOX_SHARDS }, (_, shard) =>
    outbox.oldest({ topic: "orders", shard }),
  );
  return (await Promise.all(shards)).flatMap(({ messages }) => messages);
}

it("GIVEN messages of several shards WHEN they are moved THEN they lie in the order of their times", async () => {
  const { engine, topic, storage, write } = await withOrders();
  for (let number = 0; number < 50; number++) write("orders", `m${number}`);
  expect(await moveMessages(engine, topic, await waitingIn(engine))).toEqual({ moved: 50, hasRaced: false });
  expect(textsIn(storage)).toEqual(Array.from({ length: 50 }, (_, number) => `m${number}`));
});

it("GIVEN a topic with ordering WHEN messages are moved THEN each key has its partition", async () => {
  const { engine, topic, storage, write } = await withOrders({ ordering: "key" });
  for (let number = 0; number < 30; number++) write("orders", `m${number}`, { key: `k${number % 7}` });
  await moveMessages(engine, topic, await waitingIn(engine));
  const partitions = loggedIn(storage).map((messages) => new Set(messages.map(({ key }) => key)));
  expect(partitions.reduce((sum, keys) => sum + keys.size, 0)).toBe(7);
});

it("GIVEN that another relay has taken one WHEN they are moved THEN nothing is, and it says so", async () => {
  const { engine, topic, storage, write } = await withOrders();
  for (let number = 0; number < 3; number++) write("orders", `m${number}`);
  const seen = await waitingIn(engine);
  await moveMessages(engine, topic, seen.slice(1, 2));
  expect(await moveMessages(engine, topic, seen)).toEqual({ moved: 0, hasRaced: true });
  expect(textsIn(storage)).toHaveLength(1);
});

it("GIVEN that one batch of a partition fails WHEN they are moved THEN those behind it wait", async () => {
  // GIVEN
  const { process, topic, storage, write } = await withOrders();
  for (let number = 0; number < 250; number++) write("orders", `m${number}`);
  let appends = 0;
  const engine = process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      if (call.name === "log.append" && ++appends === 2) throw new Throttled("the test", 1);
      return await carryOut();
    }),
  );
  // WHEN
  await expect(moveMessages(engine, topic, await waitingIn(engine))).rejects.toThrow(Throttled);
  // THEN
  expect(textsIn(storage)).toEqual(Array.from({ length: 90 }, (_, number) => `m${number}`));
});

it("GIVEN a refusal that fails WHEN messages are moved THEN it holds up no other, and it says so", async () => {
  // GIVEN
  const { process, topic, storage, write } = await withOrders();
  const wrong = { key: "k", contentType: "text/plain" };
  const stuck = write("orders", "stuck", wrong);
  for (const body of ["wrong", "wrong too"]) write("orders", body, wrong);
  for (let number = 0; number < 20; number++) write("orders", `m${number}`, number < 10 ? { key: "k" } : {});
  const engine = process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      if (call.name === "outbox.refuse" && (call.args[0] as OutboxMessage).name === stuck.name)
        throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  // WHEN
  await expect(moveMessages(engine, topic, await waitingIn(engine))).rejects.toThrow(StorageUnavailable);
  // THEN
  expect([...textsIn(storage)].sort()).toEqual(Array.from({ length: 20 }, (_, n) => `m${n}`).sort());
  expect(refusedIn(storage)).toHaveLength(2);
  expect((await waitingIn(engine)).map(({ name }) => name)).toEqual([stuck.name]);
});

it("GIVEN a schema WHEN messages are moved THEN those that do not fit are put aside with the reason", async () => {
  const { engine, topic, storage, write } = await withOrders({ schema: SHORT });
  write("orders", "one");
  write("orders", "three");
  write("orders", "x", { body: "{", contentType: "application/json" });
  write("orders", "two");
  expect((await moveMessages(engine, topic, await waitingIn(engine))).moved).toBe(4);
  expect([...textsIn(storage)].sort()).toEqual(["one", "two"]);
  const reasons = refusedIn(storage).map(({ why }) => why);
  expect(reasons.sort()).toEqual(["body: is not valid JSON", "body: must NOT have more than 3 characters"]);
});

/** A process that cannot put aside what was written there. */
const unableToRefuse = ({ process }: Pick<Deployment, "process">, name: string) =>
  process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      if (call.name === "outbox.refuse" && (call.args[0] as OutboxMessage).name === name)
        throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );

it("GIVEN ordering WHEN one that does not fit cannot be put aside THEN later ones of its key wait", async () => {
  // GIVEN
  const { process, topic, storage, write } = await withOrders({ ordering: "key", schema: SHORT });
  write("orders", "a1", { key: "a" });
  const stuck = write("orders", "too long", { key: "a" });
  for (const [body, key] of [
    ["a3", "a"],
    ["b1", "b"],
  ] as const)
    write("orders", body, { key });
  const engine = unableToRefuse({ process }, stuck.name);
  // WHEN
  await expect(moveMessages(engine, topic, await waitingIn(engine))).rejects.toThrow(StorageUnavailable);
  // THEN
  expect([...textsIn(storage)].sort()).toEqual(["a1", "b1"]);
  // GIVEN that the schema takes it by now
  const loose = { ...topic, schema: '{"type":"string"}' };
  // WHEN
  await moveMessages(engine, loose, await waitingIn(engine));
  // THEN
  expect(textsIn(storage).filter((text) => text !== "b1")).toEqual(["a1", "too long", "a3"]);
});

it("GIVEN ordering WHEN one is put aside THEN all others come, each key's in its order", async () => {
  const { engine, topic, storage, write } = await withOrders({ ordering: "key", schema: SHORT });
  for (const body of ["a1", "too long", "a3", "a4"]) write("orders", body, { key: "a" });
  expect((await moveMessages(engine, topic, await waitingIn(engine))).moved).toBe(4);
  expect(textsIn(storage)).toEqual(["a1", "a3", "a4"]);
  expect(refusedIn(storage)).toHaveLength(1);
});

it("GIVEN no time to check the last bodies WHEN messages are moved THEN these stay for later", async () => {
  const { topic, storage, write, process } = await withOrders({ partitions: 1, schema: '{"type":"string"}' });
  const hurried = process(() => ({
    schemas: {
      compile: () => Promise.resolve((bodies) => bodies.map((_, at) => (at === 0 ? [] : undefined))),
    },
  }));
  for (const text of ["one", "two"]) write("orders", text, { key: "k" });
  expect(await moveMessages(hurried, topic, await waitingIn(hurried))).toEqual({ moved: 1, hasRaced: true });
  expect(textsIn(storage)).toEqual(["one"]);
  expect(refusedIn(storage)).toEqual([]);
  expect(await moveMessages(hurried, topic, await waitingIn(hurried))).toEqual({ moved: 1, hasRaced: false });
  expect(textsIn(storage)).toEqual(["one", "two"]);
});
