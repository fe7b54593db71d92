import { type OutboxRef, outboxMessageId } from "../../../lib/domain/outbox.js";
import { eraseInOutbox } from "../../../lib/operations/erase/erase-in-outbox.js";
import { eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import { findMessage } from "../../../lib/operations/manage/find-message.js";
import { listRefused, listWaiting } from "../../../lib/operations/manage/outbox.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { relay } from "../../../lib/operations/relay/relay.js";
import { placesOf } from "../../stored-texts.js";
import { aDeployment } from "../a-deployment.js";
import { aService, loggedIn, shardsOf } from "../an-outbox.js";
import { portsAround, recording } from "../ports-around.js";

const SECRET = "ada.lovelace@example.com";
const BY = "arn:aws:iam::123456789012:role/operator";
const PAGE = { limit: 10 };
const DAY_MS = 86_400_000;

function anOutbox() {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  const engine = deployment.process();
  const moved = async () => {
    await relay(engine, shardsOf("orders"), { untilMs: clock.nowMs() + 1_000 });
    return loggedIn(storage)
      .flat()
      .flatMap(({ body, erased }) => (erased ? [] : [body]));
  };
  return { ...deployment, engine, moved, write: aService(storage, () => clock.nowMs()) };
}

/** Another topic's key is asked for, so what has none is refused. */
const withKeys = { ordering: "key", partitions: 1 } as const;

it("GIVEN one that waits WHEN it is erased THEN it is never published, and its neighbours are", async () => {
  const { engine, write, moved, storage, clock } = anOutbox();
  await putTopic(engine, "orders", withKeys);
  const [, ref] = ["before", SECRET, "after"].map((body) => write("orders", body, { key: "k" }));
  const id = outboxMessageId(ref as OutboxRef);
  const atMs = clock.nowMs();
  expect(await eraseMessage(engine, id, BY)).toEqual({ id, atMs, by: BY, isCancelled: true });
  expect(placesOf(storage, SECRET)).toEqual([]);
  expect(await moved()).toEqual(['"before"', '"after"']);
  expect((await listWaiting(engine, "orders", PAGE)).items).toEqual([]);
});

it("GIVEN one that is erased WHEN it is looked up, listed or erased again THEN it says who did it first", async () => {
  const { engine, write, clock } = anOutbox();
  await putTopic(engine, "orders", {});
  const id = outboxMessageId(write("orders", SECRET));
  const first = await eraseMessage(engine, id, BY);
  clock.advance(5_000);
  const erased = { atMs: first.atMs, by: BY };
  expect(await eraseMessage(engine, id, "arn:somebody-else")).toEqual(first);
  expect(await findMessage(engine, id)).toEqual({
    ...{ id, topic: "orders", state: "erased", erasure: erased, expiresAtMs: first.atMs + 14 * DAY_MS },
  });
  expect((await listRefused(engine, "orders", PAGE)).items).toMatchObject([{ id, erased }]);
});

it("GIVEN no topic WHEN a message that waits for one is erased THEN it is gone as the topic is made", async () => {
  const { engine, write, moved } = anOutbox();
  const id = outboxMessageId(write("orders", SECRET));
  expect(await eraseMessage(engine, id, undefined)).toMatchObject({ id, isCancelled: true });
  await putTopic(engine, "orders", {});
  expect(await moved()).toEqual([]);
});

it("GIVEN one that its topic refused WHEN it is erased THEN nothing but its place is left", async () => {
  const { engine, write, moved, storage, telemetry } = anOutbox();
  await putTopic(engine, "orders", withKeys);
  const id = outboxMessageId(write("orders", SECRET, { businessKey: SECRET }));
  expect(await moved()).toEqual([]);
  expect(await findMessage(engine, id)).toMatchObject({ state: "refused" });
  expect(await eraseMessage(engine, id, BY)).toMatchObject({ id, by: BY, isCancelled: true });
  expect(placesOf(storage, SECRET)).toEqual([]);
  expect(await findMessage(engine, id)).toMatchObject({ state: "erased", erasure: { by: BY } });
  expect(telemetry.events.filter(({ name }) => name === "message-erased")).toHaveLength(1);
});

it.each([
  ["publishes", true],
  ["refuses", false],
])("GIVEN a relay that %s it meanwhile WHEN it is erased THEN it is erased there", async (_, hasKey) => {
  const { process, engine, write, moved, storage } = anOutbox();
  await putTopic(engine, "orders", withKeys);
  const id = outboxMessageId(write("orders", SECRET, hasKey ? { key: "k" } : {}));
  // WHEN
  let isMoved = false;
  const slow = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "outbox.erase" && !isMoved) {
        isMoved = true;
        await moved();
      }
      return await carryOut();
    }),
  );
  expect(await eraseMessage(slow, id, BY)).toMatchObject({ id, isCancelled: !hasKey });
  // THEN
  expect(placesOf(storage, SECRET)).toEqual([]);
  expect(await findMessage(engine, id)).toMatchObject({ state: "erased", erasure: { by: BY } });
});

it.each(["orders.none", "orders.k1c2d3e4f-00000000000000000000ab", "no id"])(
  "GIVEN %s, which no outbox gives WHEN it is erased THEN nobody looks there",
  async (id) => {
    const { process } = anOutbox();
    const asked: string[] = [];
    const engine = process(recording(asked));
    expect(await eraseInOutbox(engine, id, { atMs: 1 })).toBeUndefined();
    expect(asked).toEqual([]);
  },
);
