import { slotItem, slotOf, tailOf } from "../../../../lib/adapters/dynamodb/items/slot-item.js";
import { STANDS_AFTER_EXPIRY_MS, type Slot } from "../../../../lib/domain/slot.js";
import { DAY_MS, NOW_MS, aPartition, aSlot } from "../../../contract/builders.js";

const HOUR_MS = 60 * 60_000;
const itemOf = (fields: Partial<Slot> = {}): Record<string, unknown> => ({
  ...slotItem(aPartition(), aSlot(fields)),
});

describe("a slot's item", () => {
  it("stands two hours longer than the slot lives, for whoever counts what expired unread", () => {
    const expiresAtMs = NOW_MS + DAY_MS + 1;
    const { exp, expiresAt } = itemOf({ expiresAtMs });
    expect(exp).toBe(expiresAtMs);
    expect(Number(expiresAt) * 1_000).toBeGreaterThanOrEqual(expiresAtMs + 2 * HOUR_MS);
    expect(Number(expiresAt) * 1_000).toBeLessThan(expiresAtMs + 2 * HOUR_MS + 1_000);
    expect(STANDS_AFTER_EXPIRY_MS).toBe(2 * HOUR_MS);
  });

  it.each([
    { encoding: "msgpack", enc: "m", f: 100 },
    { encoding: "msgpack+deflate", enc: "d", f: 100 },
    { encoding: "msgpack+brotli", enc: "b", f: 200 },
  ] as const)(
    "is refused by a release that could not unpack it, and by no other: $encoding",
    ({ encoding, enc, f }) => {
      const item = itemOf({ encoding });
      expect(item).toMatchObject({ enc, f });
      expect(slotOf(item).encoding).toBe(encoding);
    },
  );

  it("tells its expiry by its TTL where the exact one is lost: no earlier, and within a second", () => {
    const expiresAtMs = NOW_MS + DAY_MS + 1;
    const item = itemOf({ expiresAtMs });
    delete item.exp;
    const tail = tailOf(item);
    expect(tail.expiresAtMs).toBeGreaterThanOrEqual(expiresAtMs);
    expect(tail.expiresAtMs).toBeLessThan(expiresAtMs + 1_000);
  });

  it.each([{ h: undefined }, { h: 7 }, { h: '{"t":[["paid"]]}', hs: undefined }])(
    "has to be opened where its header is lost: %p",
    (damage) => {
      const header = { kind: "text", text: '{"t":[["paid"]]}', checksum: "sum" } as const;
      expect(slotOf(itemOf({ header })).header).toEqual(header);
      expect(slotOf({ ...itemOf({ header }), ...damage }).header).toEqual({ kind: "left-out" });
    },
  );
});
