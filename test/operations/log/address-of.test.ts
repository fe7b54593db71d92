import { givenId, parseMessageId } from "../../../lib/domain/message-id.js";
import { addressOf } from "../../../lib/operations/log/address-of.js";
import { findSubscription, findTopic } from "../../../lib/operations/lookup.js";
import { deleteDeadLetter, listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { settleMessage } from "../../../lib/operations/manage/settle-message.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { type ReadRequest, readMessages } from "../../../lib/operations/read/read-messages.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { ack, bodies, drained, receive, settleAs, withAudit } from "../a-consumer.js";

const NONCE = "0123456789abcdefghij-_";
const idAt = (timeMs: number, topic = "orders") => givenId({ topic, timeMs, nonce: NONCE });
const aGiven = (id: string, body = "given", key = "k") => aText(body, { givenId: id, key });

/** A message with a given id among others, in some of a topic's partitions. */
async function withGiven(ordering: "none" | "key") {
  const audit = await withAudit({ topic: { partitions: 4, ordering } });
  const { engine } = audit;
  const id = idAt(START_MS);
  for (const body of ["a", "b", "c"]) await publishTexts(engine, "orders", aText(body, { key: body }));
  await publishTexts(engine, "orders", aText("beside", { key: "k" }), aGiven(id));
  for (const body of ["d", "e"]) await publishTexts(engine, "orders", aText(body, { key: body }));
  const { topic } = await findSubscription(engine, "orders", "audit");
  return { ...audit, id, topic };
}

describe.each(["none", "key"] as const)(
  "a message whose id was given, on a topic with ordering %s",
  (ordering) => {
    it("is found by it, where it lies", async () => {
      const { engine, id, topic } = await withGiven(ordering);
      const address = await addressOf(engine, topic, id);
      if (!address || address === "too-far") throw new Error("not found");
      const slot = await engine.log.slotAt(address, address.offset);
      expect(slot).toMatchObject({ count: 2 });
      expect(address.offset - (slot?.base ?? 0)).toBe(1);
    });

    it("is handed out, listed, read, settled and a dead letter by it", async () => {
      // GIVEN
      const { engine, id, clock } = await withGiven(ordering);
      const read = await readMessages(engine, "orders", WHOLE);
      expect(read.messages.map((message) => message.id)).toContain(id);
      const ids = async (state: "leased" | "waiting") =>
        (await listOpenMessages(engine, "orders", "audit", state, { limit: 100 })).items.map(
          (open) => open.id,
        );
      expect(await ids("waiting")).toContain(id);
      // WHEN
      const handed = await receiveAll(engine);
      // THEN
      const [given] = handed.filter(({ body }) => body === "given");
      expect(given?.id).toBe(id);
      expect(await ids("leased")).toContain(id);
      await ack(
        engine,
        handed.filter(({ body }) => body !== "given"),
      );
      await settleMessage(engine, "orders", "audit", id, { outcome: "reject", error: "no" });
      const letters = async () => (await listDeadLetters(engine, "orders", "audit", {}, { limit: 10 })).items;
      expect(await letters()).toMatchObject([{ id, lastError: "no" }]);
      expect(await redrive(engine, "orders", "audit", { kind: "ids", ids: [id] })).toMatchObject({
        moved: 1,
      });
      const again = await receive(engine, 10);
      expect(again.map((message) => message.id)).toEqual([id]);
      await settleAs(engine, again, { outcome: "reject" });
      clock.advance(1_000);
      expect(await drained(engine)).toEqual([]);
      await deleteDeadLetter(engine, "orders", "audit", id);
      expect(await letters()).toEqual([]);
    });

    it("is where a seek to it leads", async () => {
      const { engine, id, topic } = await withGiven(ordering);
      await drained(engine);
      await seek(engine, "orders", "audit", { id });
      const address = await addressOf(engine, topic, id);
      const offset = typeof address === "object" ? address.offset : 0;
      const again = await receiveAll(engine);
      expect(bodies(again)).toContain("given");
      expect(bodies(again)).not.toContain("beside");
      expect(again.find((message) => message.id === id)).toMatchObject({ offset });
    });
  },
);

it("GIVEN an address WHEN it is asked for THEN it is read from the id, if the topic is this one", async () => {
  const { engine } = await withAudit();
  const [id = ""] = await publishTexts(engine, "orders", aText("a"));
  const { topic } = await findSubscription(engine, "orders", "audit");
  expect(await addressOf(engine, topic, id)).toEqual(parseMessageId(id));
  expect(await addressOf(engine, { ...topic, uid: "other" }, id)).toBeUndefined();
  expect(await addressOf(engine, topic, "nonsense")).toBeUndefined();
});

it.each([
  ["of another topic", idAt(START_MS, "other")],
  ["of a message that is not there", givenId({ topic: "orders", timeMs: START_MS, nonce: "x".repeat(22) })],
  ["of a time behind all that is there", idAt(START_MS + 86_400_000)],
])("GIVEN an id %s WHEN it is asked for THEN it is not found, and told clearly", async (_, id) => {
  const { engine, topic } = await withGiven("none");
  expect(await addressOf(engine, topic, id)).toBeUndefined();
  await expect(settleMessage(engine, "orders", "audit", id, { outcome: "ack" })).rejects.toMatchObject({
    code: "message-not-found",
  });
  await expect(seek(engine, "orders", "audit", { id })).rejects.toMatchObject({ code: "invalid-request" });
});

it("GIVEN a topic made anew WHEN an id of its earlier life is asked for THEN nothing is found", async () => {
  const { engine, id, clock } = await withGiven("none");
  await deleteSubscription(engine, "orders", "audit");
  await deleteTopic(engine, "orders");
  clock.advance(10 * 60_000);
  await putTopic(engine, "orders", {});
  const topic = await findTopic(engine, "orders");
  expect(await addressOf(engine, topic, id)).toBeUndefined();
});

it("GIVEN more since than one request looks at WHEN it is asked for THEN that is told, by a clear error", async () => {
  // GIVEN
  const { engine, id, topic } = await withGiven("none");
  const reads = jest.spyOn(engine.log, "read");
  reads.mockImplementation(async (_, from) => await Promise.resolve(anEndlessPage(from)));
  // WHEN
  const found = await addressOf(engine, topic, id);
  // THEN
  expect(found).toBe("too-far");
  expect(reads.mock.calls.length).toBeLessThanOrEqual(64 + 4);
  const acknowledged = settleMessage(engine, "orders", "audit", id, { outcome: "ack" });
  await expect(acknowledged).rejects.toMatchObject({ code: "message-out-of-reach" });
  await expect(seek(engine, "orders", "audit", { id })).rejects.toThrow(/Use a time instead/);
});

const WHOLE: ReadRequest = {
  at: { from: "earliest" },
  ...{ selection: {}, limit: 100, maxBytes: 1_000_000, sizeOf: () => 1, waitSeconds: 0 },
};

/** With ordering a receive takes from one partition. */
async function receiveAll(engine: Engine): Promise<readonly Handed[]> {
  const all: Handed[] = [];
  for (;;) {
    const handed = await receive(engine, 100);
    if (handed.length === 0) return all;
    all.push(...handed);
  }
}

/** Slots before the time that is looked for come first, so that the search begins at the end. */
const anEndlessPage = (from: number) => ({
  slots: [
    {
      ...{ base: from, count: 1, nonce: "n", publishedAtMs: START_MS, expiresAtMs: Infinity },
      ...{ encoding: "msgpack" as const, unpackedBytes: 1, checksum: "", header: { kind: "none" as const } },
      content: { kind: "inline" as const, bytes: new Uint8Array() },
    },
  ],
  more: true,
});
