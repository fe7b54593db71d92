import { MessageTooLarge, StorageUnavailable, Throttled } from "../../../lib/domain/errors.js";
import { outboxMessageId } from "../../../lib/domain/outbox.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { failedIn, relay } from "../../../lib/operations/relay/relay.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { Topic, TopicSettings } from "../../../lib/domain/topic.js";
import { aDeployment } from "../a-deployment.js";
import { aService, loggedIn, refusedIn, shardsOf, slotCount, textsIn, waitingIn } from "../an-outbox.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

async function withTopic(settings: Partial<TopicSettings> = {}) {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  const engine = deployment.process();
  const { value: topic } = await putTopic(engine, "orders", { partitions: 1, ...settings });
  return { ...deployment, engine, topic, write: aService(storage, () => clock.nowMs()) };
}

const relayAll = (engine: Engine, ...topics: readonly string[]) =>
  relay(engine, (topics.length === 0 ? ["orders"] : topics).flatMap(shardsOf), {
    untilMs: engine.clock.nowMs() + MINUTE_MS,
  });

describe("the relay", () => {
  it("moves what waits into the log, with its content and its id, and takes it away", async () => {
    // GIVEN
    const { engine, storage, write } = await withTopic();
    const meta = { key: "k", tag: "t", attributes: { a: 1 }, businessKey: "7" };
    const ref = write("orders", "one", meta);
    // WHEN
    const relayed = await relayAll(engine);
    // THEN
    expect(relayed).toEqual([expect.objectContaining({ topic: "orders", moved: 1 })]);
    expect(loggedIn(storage)).toEqual([
      [{ body: '"one"', contentType: "application/json", ...meta, givenId: outboxMessageId(ref) }],
    ]);
    expect(waitingIn(storage)).toBe(0);
  });

  it("gives consumers the id that the message was given", async () => {
    const { engine, write } = await withTopic();
    await putSubscription(engine, "orders", "audit", { from: "earliest" });
    const ref = write("orders", "one");
    await relayAll(engine);
    const reader = await findSubscription(engine, "orders", "audit");
    const [message] = await receive(engine, reader, { maxMessages: 1 });
    expect(message?.id).toBe(outboxMessageId(ref));
  });

  it("moves many in few transactions", async () => {
    const { engine, storage, write } = await withTopic();
    for (let number = 0; number < 250; number++) write("orders", `m${number}`);
    await relayAll(engine);
    expect(textsIn(storage)).toHaveLength(250);
    expect(slotCount(storage)).toBe(3);
  });

  it("bounds a transaction by bytes too", async () => {
    const { engine, storage, write } = await withTopic();
    for (let number = 0; number < 12; number++)
      write("orders", `${number} ${"x".repeat(399_000)}`, { key: "k" });
    await relayAll(engine);
    expect(textsIn(storage).map((text) => text.split(" ", 1)[0])).toEqual(
      Array.from({ length: 12 }, (_, number) => String(number)),
    );
    expect(waitingIn(storage)).toBe(0);
  });

  it("keeps the order of a key's messages, in a topic with ordering and beyond a page", async () => {
    // GIVEN
    const { engine, storage, write } = await withTopic({ ordering: "key", partitions: 4 });
    const keys = ["a", "b", "c", "d", "e"];
    for (let number = 0; number < 400; number++)
      write("orders", `${number}${" ".repeat(5_000)}`, { key: keys[number % keys.length] as string });
    // WHEN
    await relayAll(engine);
    // THEN
    for (const messages of loggedIn(storage)) {
      for (const key of keys) {
        const numbers = messages
          .filter((one) => one.key === key)
          .map(({ body }) => parseInt(String(body).slice(1)));
        expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
      }
    }
    expect(textsIn(storage)).toHaveLength(400);
  });

  it("does nothing where nothing waits: a doorbell may come twice, late, or for what is gone", async () => {
    const { engine, storage, write } = await withTopic();
    write("orders", "one");
    await relayAll(engine);
    expect(await relayAll(engine)).toEqual([expect.objectContaining({ moved: 0 })]);
    expect(slotCount(storage)).toBe(1);
  });

  it("moves each message once, however many relays are at work, also where answers are lost", async () => {
    // GIVEN
    const { process, storage, write } = await withTopic();
    for (let number = 0; number < 200; number++) write("orders", `m${number}`);
    let appends = 0;
    const unlucky = () =>
      process((ports) =>
        portsAround(ports, async (call, carryOut) => {
          const answer = await carryOut();
          if (call.name === "log.append" && ++appends % 3 === 0) throw new StorageUnavailable("the test");
          return answer;
        }),
      );
    // WHEN
    await Promise.all(Array.from({ length: 4 }, () => relayAll(unlucky())));
    await relayAll(process());
    // THEN
    expect([...textsIn(storage)].sort()).toEqual(Array.from({ length: 200 }, (_, n) => `m${n}`).sort());
    expect(waitingIn(storage)).toBe(0);
  });

  it("leaves the messages of a paused topic where they are, and moves them once it goes on", async () => {
    const { engine, storage, write, telemetry, clock } = await withTopic();
    write("orders", "one");
    await putTopic(engine, "orders", { paused: "publish" });
    await clock.sleep(5_000);
    const [relayed] = await relayAll(engine);
    expect(relayed).toMatchObject({ moved: 0, waiting: "topic-paused" });
    expect(failedIn(relayed ? [relayed] : [])).toEqual([]);
    expect(waitingIn(storage)).toBe(1);
    expect(telemetry.events.filter(({ name }) => name === "outbox-waiting")).toHaveLength(1);
    await putTopic(engine, "orders", { paused: "delivery" });
    await clock.sleep(5_000);
    await relayAll(engine);
    expect(textsIn(storage)).toEqual(["one"]);
  });

  it("leaves the messages of a topic that is not there, and costs no other topic anything", async () => {
    const { engine, storage, write, clock } = await withTopic();
    await putTopic(engine, "gone", {});
    await deleteTopic(engine, "gone");
    await clock.sleep(5_000);
    for (const topic of ["gone", "never", "orders"]) write(topic, topic);
    const relayed = await relayAll(engine, "gone", "never", "orders");
    expect(relayed.map(({ topic, moved, waiting }) => [topic, moved, waiting])).toEqual([
      ["gone", 0, "topic-not-found"],
      ["never", 0, "topic-not-found"],
      ["orders", 1, undefined],
    ]);
    expect(waitingIn(storage)).toBe(2);
    await putTopic(engine, "never", {});
    await relayAll(engine, "never");
    expect(textsIn(storage)).toEqual(["orders", "never"]);
  });

  it("puts aside what the topic refuses, with the reason, and holds up nothing behind it", async () => {
    // GIVEN
    const { engine, storage, write, telemetry } = await withTopic({ ordering: "key" });
    const wrong = write("orders", "no key");
    write("orders", "fine", { key: "k" });
    write("orders", "broken", { key: "k", contentType: "text/plain" });
    write("orders", "fine too", { key: "k" });
    // WHEN
    await relayAll(engine);
    // THEN
    expect(textsIn(storage)).toEqual(["fine", "fine too"]);
    expect(waitingIn(storage)).toBe(0);
    const whys = refusedIn(storage).map(({ why }) => why);
    expect(whys.sort()).toEqual([
      'body: is a text, and "text/plain" is not JSON: give its bytes instead',
      'key is required: the topic\'s ordering is "key"',
    ]);
    const told = telemetry.events.filter(({ name }) => name === "outbox-message-refused");
    expect(told.map(({ level }) => level)).toEqual(["error", "error"]);
    expect(JSON.stringify(told)).toContain(outboxMessageId(wrong));
  });

  it("refuses the one message that no slot takes, and none of its neighbours", async () => {
    const { process, storage, write } = await withTopic();
    for (let number = 0; number < 9; number++) write("orders", `m${number}`, { key: "k" });
    const engine = process((ports) =>
      portsAround(ports, async (call, carryOut) => {
        const beside = (call.args[2] as { beside?: readonly { place: string }[] } | undefined)?.beside ?? [];
        if (call.name === "log.append" && beside.some(({ place }) => place.endsWith("x4")))
          throw new MessageTooLarge(2, 1);
        return await carryOut();
      }),
    );
    await relayAll(engine);
    expect(textsIn(storage)).toEqual(["m0", "m1", "m2", "m3", "m5", "m6", "m7", "m8"]);
    expect(refusedIn(storage).map(({ why }) => why)).toEqual(["the message has 2 bytes: the limit is 1"]);
  });

  it("leaves what fails for a repeat, in its order", async () => {
    const { process, storage, write } = await withTopic();
    for (let number = 0; number < 100; number++) write("orders", `m${number}`, { key: "k" });
    let isFailing = true;
    const engine = process((ports) =>
      portsAround(ports, async (call, carryOut) => {
        if (call.name === "log.append" && isFailing) throw new Throttled("the test", 1);
        return await carryOut();
      }),
    );
    const relayed = await relayAll(engine);
    expect(failedIn(relayed)).toHaveLength(16);
    expect(textsIn(storage)).toEqual([]);
    isFailing = false;
    await relayAll(engine);
    expect(textsIn(storage)).toEqual(Array.from({ length: 100 }, (_, number) => `m${number}`));
  });

  it("ends when its time is over, with what it could not do", async () => {
    const { engine, storage, write, clock } = await withTopic();
    for (let number = 0; number < 40; number++)
      write("orders", `${number} ${"x".repeat(300_000)}`, { key: "k" });
    const [relayed] = await relay(engine, shardsOf("orders"), { untilMs: clock.nowMs() - 1 });
    expect(relayed?.waiting).toBe("failed");
    expect(relayed?.moved).toBeGreaterThan(0);
    await relayAll(engine);
    expect(textsIn(storage)).toHaveLength(40);
  });

  it("leaves what only a newer release can read, and moves what is beside it", async () => {
    const { process, storage, write } = await withTopic();
    const newer = write("orders", "newer", { key: "k" });
    write("orders", "ours", { key: "k" });
    const engine = process((ports) => ({
      outbox: {
        ...ports.outbox,
        oldest: async (shard) => {
          const { messages, more } = await ports.outbox.oldest(shard);
          const seen = messages.map((one) =>
            one.name === newer.name ? { ...one, content: undefined, isTooNew: true } : one,
          );
          return { messages: seen, more };
        },
      },
    }));
    await relayAll(engine);
    expect(textsIn(storage)).toEqual(["ours"]);
    expect(waitingIn(storage)).toBe(1);
    expect(refusedIn(storage)).toEqual([]);
  });

  it("puts nothing into the log of a topic that was deleted and made anew, but into the present one", async () => {
    const { engine, storage, topic, write, clock } = await withTopic();
    await deleteTopic(engine, "orders");
    write("orders", "one");
    await clock.sleep(10 * MINUTE_MS);
    const { value: anew }: { value: Topic } = await putTopic(engine, "orders", {});
    await relayAll(engine);
    expect([...storage.logs.keys()].map((key) => key.split("#")[1])).toEqual([anew.uid]);
    expect(anew.uid).not.toBe(topic.uid);
  });
});
