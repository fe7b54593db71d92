import { vendorItem } from "../../../../lib/adapters/dynamodb/items/attribute-value.js";
import { itemBytes } from "../../../../lib/adapters/dynamodb/items/item-size.js";
import { refusedItem, refusedOf, waitingOf } from "../../../../lib/adapters/dynamodb/items/outbox-item.js";
import { outboxName } from "../../../../lib/domain/outbox.js";
import { OUTBOX_ITEM_LIMIT_BYTES, outboxItemBytes } from "../../../../lib/domain/outbox-item.js";

const NOW_MS = 1_800_000_000_000;
const ITEM_LIMIT_BYTES = 400 * 1_024;
const SORT_KEY_BYTES = 1_024;
const REF = { topic: "orders", shard: 3, name: outboxName({ ms: NOW_MS, count: 0 }, "0123456789abcdef") };
const FINE = { pk: "orders#3", sk: REF.name, f: 100, body: '{"orderId":7}', k: "k" };

const refused = (item: Readonly<Record<string, unknown>>, ref = REF, why = "it is wrong") =>
  refusedItem(ref, item, why, NOW_MS);

/** What DynamoDB takes. */
function expectStorable(item: Readonly<Record<string, unknown>>): void {
  expect(() => vendorItem(item)).not.toThrow();
  expect(itemBytes(item)).toBeLessThanOrEqual(ITEM_LIMIT_BYTES);
  expect(Buffer.byteLength(String(item["sk"]))).toBeLessThanOrEqual(SORT_KEY_BYTES);
}

describe("a refused message", () => {
  it("is kept as it was, with the reason", () => {
    const item = refused({ ...FINE, x: NOW_MS, flag: true, bytes: new Uint8Array([1]) });
    expectStorable(item);
    expect(item).toMatchObject({
      ...{ f: 100, body: FINE.body, k: "k", x: NOW_MS, flag: true, bytes: new Uint8Array([1]) },
      ...{ pk: "refused#orders", name: REF.name, shard: 3, why: "it is wrong", at: NOW_MS },
    });
    expect(refusedOf("orders", item)).toMatchObject({ ...REF, why: "it is wrong", refusedAtMs: NOW_MS });
  });

  it.each([
    ["a number that is not exact", 2 ** 53],
    ["a number without an end", Number.POSITIVE_INFINITY],
    ["no number", Number.NaN],
    ["a list", ["x".repeat(1_000)]],
    ["a map with a number that is not exact", { deep: 1e30 }],
    ["a set", new Set([1])],
    ["what has no form here", null],
  ])("loses %s, and nothing else", (_, value) => {
    const item = refused({ ...FINE, stranger: value });
    expectStorable(item);
    expect(item).not.toHaveProperty("stranger");
    expect(item).toMatchObject({ body: FINE.body, k: "k" });
  });

  it("keeps its body where that leaves just enough room, and loses it one byte above", () => {
    // GIVEN
    const rest = itemBytes(refused({ ...FINE, body: "" }));
    const body = (sizeBytes: number) => refused({ ...FINE, body: "x".repeat(sizeBytes) });
    // WHEN
    const [full, over] = [body(ITEM_LIMIT_BYTES - rest), body(ITEM_LIMIT_BYTES - rest + 1)];
    // THEN
    for (const item of [full, over]) expectStorable(item);
    expect([full, over].map((item) => "body" in item)).toEqual([true, false]);
    expect(over).toMatchObject({ k: "k", why: "it is wrong" });
  });

  it("loses all of its attributes where another one than the body is too large", () => {
    const item = refused({ ...FINE, stranger: "x".repeat(409_000) }, REF, "w".repeat(5_000));
    expectStorable(item);
    expect(Object.keys(item)).not.toContain("stranger");
    expect(Object.keys(item)).not.toContain("body");
    expect(item).toMatchObject({ name: REF.name, why: "w".repeat(500) });
  });

  it("keeps all of the largest message that the library makes, whatever the reason", () => {
    const room = OUTBOX_ITEM_LIMIT_BYTES - outboxItemBytes({ ...FINE, body: "" });
    const item = refused({ ...FINE, body: "x".repeat(room) }, REF, "語".repeat(5_000));
    expectStorable(item);
    expect(item).toHaveProperty("body");
  });

  it("has a sort key that is taken, however long a stranger's was, and one for each shard", () => {
    const ref = { ...REF, name: "語".repeat(341) };
    const items = [ref, { ...ref, shard: 4 }].map((one) => refused({ ...FINE, sk: one.name }, one));
    for (const item of items) expectStorable(item);
    expect(new Set(items.map(({ sk }) => sk)).size).toBe(2);
    expect(items.map(({ name }) => name)).toEqual([ref.name, ref.name]);
  });

  it("has a reason that is text, also where it was cut within a character", () => {
    expect(refused(FINE, REF, `${"x".repeat(499)}🙂`)).toMatchObject({ why: "x".repeat(499) });
  });
});

it("counts what lists and maps of a waiting message take", () => {
  const stranger = { deep: ["x".repeat(1_000)] };
  const message = waitingOf(REF, { ...FINE, stranger });
  expect(message.content).toBeDefined();
  expect(message.sizeBytes).toBeGreaterThan(1_000);
});
