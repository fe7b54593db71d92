import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import type { Topic } from "../../lib/domain/topic.js";
import { tick } from "../../lib/operations/clock/tick.js";
import { receive } from "../../lib/operations/consume/receive.js";
import { settleLeases } from "../../lib/operations/consume/settle.js";
import { type Engine, type Ports, createEngine } from "../../lib/operations/engine.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { relay } from "../../lib/operations/relay/relay.js";
import { publish } from "../../lib/operations/publish/publish.js";
import { dispatch } from "../../lib/operations/push/dispatch.js";
import { pump } from "../../lib/operations/push/pump.js";
import { TransactWriteCommand } from "../../lib/adapters/dynamodb/commands.js";
import { outboxItem } from "../../lib/client/index.js";
import { processOn } from "../../bench/store.js";
import { type Meter, meter } from "../../local/dynamodb-meter.js";
import { endpointIn } from "../adapters/endpoint.js";
import { type TestTables, createTables } from "../adapters/dynamodb/tables.js";
import { shardsOf } from "../operations/an-outbox.js";
import { portsAround } from "../operations/ports-around.js";
import { CostChecker } from "../simulation/checkers/cost-checker.js";
import { readUnits } from "../simulation/bill/read-units.js";

/*
 * The bill of docs/cost.md comes from a world in memory. Its units are those that DynamoDB counts for the same calls.
 */
const MINUTE_MS = 60_000;
jest.setTimeout(30_000);

let tables: TestTables;
let cost: Meter;
beforeAll(async () => {
  tables = await createTables(endpointIn(["SLUICE_TEST_DYNAMODB"], "DynamoDB Local"));
  cost = meter(tables.client);
});
afterAll(async () => {
  await tables.drop();
});

/** What the simulation counts. */
class Counted {
  reads = 0;
  readonly writes = new CostChecker();

  around = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [port = "", method = ""] = name.split(".");
      const outcome = await carryOut();
      const call = { port, method, args, carryOut };
      this.reads += readUnits(call, outcome);
      this.writes.after(call, outcome);
      return outcome;
    });
}

function aProcess(counted: Counted, starter: MemoryStarter, subscriber: MemorySubscriber): Engine {
  const { settings, ...ports } = processOn(tables, { starter, subscriber });
  return createEngine({ ...ports, ...counted.around(ports) }, settings);
}

async function push(engine: Engine, topic: Topic, starter: MemoryStarter): Promise<void> {
  await dispatch(engine, [{ topic, partition: 0 }]);
  for (const ref of starter.startedPumps.splice(0))
    await pump(engine, ref, { deadlineMs: engine.clock.nowMs() + MINUTE_MS });
}

async function pull(engine: Engine, topic: Topic): Promise<void> {
  const subscription = await engine.subscriptions.get(topic, "audit");
  if (!subscription) throw new Error("there is no subscription");
  const handed = await receive(engine, { topic, subscription }, { maxMessages: 10 });
  const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
  await settleLeases(engine, { topic, subscription }, acks);
}

it("GIVEN messages pushed and pulled WHEN counted by the simulation THEN DynamoDB counts the same", async () => {
  // GIVEN
  const counted = new Counted();
  const starter = new MemoryStarter();
  const subscriber = new MemorySubscriber();
  subscriber.handlers.set("ship", () => Promise.resolve({ kind: "answered", failedIds: new Set() }));
  const engine = aProcess(counted, starter, subscriber);
  const { value: topic } = await putTopic(engine, `bill-${engine.random.nonce()}`, { partitions: 1 });
  await putSubscription(engine, topic.name, "ship", {
    target: { type: "lambda", functionArn: "in-process" },
  });
  await putSubscription(engine, topic.name, "audit", {});
  const sinceTheTopic = counted.writes.total;
  cost.take();
  cost.takeReads();
  counted.reads = 0;
  // WHEN
  for (const count of [1, 1, 20]) {
    const contents = Array.from({ length: count }, (_, index) => ({
      body: `${index} ${engine.random.nonce().repeat(20)}`,
      contentType: "text/plain",
    }));
    await publish(engine, topic.name, contents);
    await push(engine, topic, starter);
    await pull(engine, topic);
  }
  await pull(engine, topic);
  await pull(engine, topic);
  await tick(engine, { deadlineMs: engine.clock.nowMs() + MINUTE_MS });
  // THEN
  expect({ writes: counted.writes.total - sinceTheTopic, reads: counted.reads }).toEqual({
    writes: cost.take(),
    reads: cost.takeReads(),
  });
});

it("GIVEN messages of users' transactions WHEN counted by the simulation THEN DynamoDB counts the same", async () => {
  // GIVEN
  const counted = new Counted();
  const engine = aProcess(counted, new MemoryStarter(), new MemorySubscriber());
  const { value: topic } = await putTopic(engine, `bill-${engine.random.nonce()}`, { partitions: 1 });
  const sinceTheTopic = counted.writes.total;
  const untilMs = engine.clock.nowMs() + MINUTE_MS;
  const options = { tableName: tables.tables.outbox };
  counted.reads = 0;
  let [writes, reads] = [0, 0];
  cost.take();
  cost.takeReads();
  // WHEN
  for (const count of [1, 1, 20]) {
    const items = Array.from({ length: count }, (_, body) =>
      outboxItem(topic.name, { body, key: "k" }, options),
    );
    await tables.client.send(new TransactWriteCommand({ TransactItems: items }));
    // The user's own.
    expect(cost.take()).toBe(2 * count);
    await relay(engine, shardsOf(topic.name), { untilMs });
    writes += cost.take();
    reads += cost.takeReads();
  }
  // THEN
  expect({ writes: counted.writes.total - sinceTheTopic, reads: counted.reads }).toEqual({ writes, reads });
});
