import { parseMessageId } from "../../../lib/domain/message-id.js";
import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { readUpTo } from "../../../lib/operations/manage/read-up-to.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { publishTogether, withAudit } from "../a-consumer.js";

it("reads the messages before one, and that one, and counts what has expired between", async () => {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
  const texts = ["a", "b", "c", "d", "e"].map((body) =>
    aText(body, body === "b" ? { expiresAtMs: START_MS + 1 } : {}),
  );
  const ids = await publishTexts(engine, "orders", ...texts);
  clock.advance(1_000);
  const reader = await findSubscription(engine, "orders", "audit");
  const offset = parseMessageId(ids[3] ?? "")?.offset ?? 0;
  const cursor = cursorIn(reader.subscription, 0, undefined);
  const read = await readUpTo(engine, reader, 0, cursor, offset);
  expect(read).toMatchObject({
    expired: 1,
    setAside: [],
    target: { offset },
    entry: { message: { body: "d" } },
  });
  if (typeof read === "string") throw new Error(read);
  expect(read.before.map((one) => one.offset - offset)).toEqual([-3, -1]);
  expect(await readUpTo(engine, reader, 0, cursor, offset - 2)).toBe("passed-over");
});

it("says where more lies between than it reads", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTogether(engine, ...Array.from({ length: 1_001 }, (_, at) => String(at)));
  const reader = await findSubscription(engine, "orders", "audit");
  const offset = parseMessageId(ids[1_000] ?? "")?.offset ?? 0;
  const cursor = cursorIn(reader.subscription, 0, undefined);
  expect(await readUpTo(engine, reader, 0, cursor, offset)).toBe("too-far");
  expect(await readUpTo(engine, reader, 0, cursor, offset - 1)).toMatchObject({
    target: { offset: offset - 1 },
  });
});
