import { parseMessageId } from "../../../lib/domain/message-id.js";
import { Headers } from "../../../lib/operations/log/header-at.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { withAudit } from "../a-consumer.js";

const addressOf = (id: string | undefined) => {
  const address = parseMessageId(id ?? "");
  if (!address) throw new Error("not an id");
  return address;
};

it("GIVEN messages of one slot WHEN each is asked for THEN the slot is read once, and no object at all", async () => {
  const { engine } = await withAudit();
  const large = "x".repeat(50_000);
  const ids = await publishTexts(
    engine,
    "orders",
    aText(large, { key: "a", tag: "t" }),
    aText("y", { key: "b", expiresAtMs: START_MS + 1_000 }),
  );
  const reads = jest.spyOn(engine.log, "slotAt");
  const opens = jest.spyOn(engine.segments, "get");
  const headers = new Headers(engine);
  const [first, second] = [addressOf(ids[0]), addressOf(ids[1])];
  expect(await headers.at(first, first.offset)).toEqual({
    ...{ id: ids[0], key: "a", tag: "t" },
    publishedAtMs: START_MS,
  });
  expect(await headers.at(second, second.offset)).toMatchObject({ key: "b", expiresAtMs: START_MS + 1_000 });
  expect([reads.mock.calls.length, opens.mock.calls.length]).toEqual([1, 0]);
});

it("GIVEN a slot without room for its header WHEN it is asked THEN the slot is opened", async () => {
  const { engine } = await withAudit();
  const attributes = Object.fromEntries(
    Array.from({ length: 32 }, (_, index) => [`a${index}`, String(Math.sin(index)).repeat(40)]),
  );
  const messages = Array.from({ length: 40 }, (_, index) =>
    aText(`m${index}`, { key: `k${index}`, attributes: { ...attributes, n: index } }),
  );
  const address = addressOf((await publishTexts(engine, "orders", ...messages))[0]);
  const slot = await engine.log.slotAt(address, address.offset);
  expect(slot?.header.kind).toBe("left-out");
  expect(await new Headers(engine).at(address, address.offset + 7)).toMatchObject({ key: "k7" });
});

it("GIVEN a message whose slot has expired, or never was WHEN it is asked for THEN it is not there", async () => {
  const { engine, clock } = await withAudit();
  const [id] = await publishTexts(engine, "orders", aText("x"));
  const address = addressOf(id);
  expect(await new Headers(engine).at(address, address.offset + 1)).toBeUndefined();
  clock.advance(4 * 86_400_000);
  expect(await new Headers(engine).at(address, address.offset)).toBeUndefined();
});
