import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { relay } from "../../../lib/operations/relay/relay.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { aDeployment } from "../a-deployment.js";
import { aService, shardsOf, waitingIn } from "../an-outbox.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
/** Less than any shard may take. */
const TIGHT = { decodedBytes: 1_024 };

async function withTopics(...topics: readonly string[]) {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  for (const topic of topics) await putTopic(deployment.process(), topic, { partitions: 1 });
  return { ...deployment, write: aService(storage, () => clock.nowMs()) };
}

const relayAll = (engine: Engine, ...topics: readonly string[]) =>
  relay(engine, topics.flatMap(shardsOf), { untilMs: engine.clock.nowMs() + MINUTE_MS });

describe("the relay's memory", () => {
  it.each([
    ["little", TIGHT, 1],
    ["usual", {}, 16],
  ])("reads as many shards at once as %s memory has room for", async (_, settings, atOnce) => {
    // GIVEN
    const { process, storage, write } = await withTopics("orders", "bills");
    for (let number = 0; number < 200; number++) write(number % 2 === 0 ? "orders" : "bills", `m${number}`);
    const read = new Map<string, number>();
    let most = 0;
    const engine = process(
      (ports) =>
        portsAround(ports, async (call, carryOut) => {
          const { topic } = (call.args[0] ?? {}) as { readonly topic: string };
          if (call.name !== "outbox.oldest") return await carryOut();
          read.set(topic, (read.get(topic) ?? 0) + 1);
          most = Math.max(most, ...read.values());
          try {
            return await carryOut();
          } finally {
            read.set(topic, (read.get(topic) ?? 0) - 1);
          }
        }),
      settings,
    );
    // WHEN
    const relayed = await relayAll(engine, "orders", "bills");
    // THEN
    expect(relayed.map(({ moved, waiting }) => [moved, waiting])).toEqual([
      [100, undefined],
      [100, undefined],
    ]);
    expect(most).toBe(atOnce);
    expect(waitingIn(storage)).toBe(0);
    expect(engine.budget.heldBytes).toBe(0);
  });

  it("holds memory for what it reads until that is moved", async () => {
    const { process, write } = await withTopics("orders");
    for (let number = 0; number < 20; number++) write("orders", `m${number}`);
    const held: number[] = [];
    const engine = process((ports) =>
      portsAround(ports, async (call, carryOut) => {
        if (call.name === "outbox.oldest" || call.name === "log.append") held.push(engine.budget.heldBytes);
        return await carryOut();
      }),
    );
    await relayAll(engine, "orders");
    expect(held.length).toBeGreaterThan(16);
    expect(Math.min(...held)).toBeGreaterThan(16 * 2 * 1_024 * 1_024);
    expect(engine.budget.heldBytes).toBe(0);
  });

  it("moves what lies in other shards than one that cannot be read, where memory is tight", async () => {
    const { process, storage, write } = await withTopics("orders");
    const refs = Array.from({ length: 60 }, (_, number) => write("orders", `m${number}`));
    const first = Math.min(...refs.map(({ shard }) => shard));
    const engine = process(
      (ports) =>
        portsAround(ports, async (call, carryOut) => {
          if (call.name === "outbox.oldest" && (call.args[0] as { readonly shard: number }).shard === first)
            throw new StorageUnavailable("the test");
          return await carryOut();
        }),
      TIGHT,
    );
    const [relayed] = await relayAll(engine, "orders");
    const left = refs.filter(({ shard }) => shard === first).length;
    expect(relayed).toMatchObject({ moved: 60 - left, waiting: "failed" });
    expect(waitingIn(storage)).toBe(left);
  });
});
