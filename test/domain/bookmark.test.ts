import fc from "fast-check";
import { type Bookmark, bookmarkIn, bookmarkText } from "../../lib/domain/bookmark.js";
import type { Place } from "../../lib/domain/place.js";
import "../seeded-properties.js";

const ORDERS = { name: "orders", uid: "u1" };
/** The clock in microseconds, at which offsets begin in a partition that was left to expire. */
const MICROSECONDS = 1_790_000_000_000_000;

const aPlace: fc.Arbitrary<Place> = fc
  .tuple(
    fc.oneof(
      fc.nat(5_000),
      fc.nat(1_000).map((more) => MICROSECONDS + more),
    ),
    fc.nat(1_000),
  )
  .map(([head, within]) => ({ head, slotBase: Math.max(0, head - within) }));
const aBookmark: fc.Arbitrary<Bookmark> = fc.record({
  places: fc
    .uniqueArray(fc.nat(255))
    .chain((partitions) =>
      fc
        .array(aPlace, { minLength: partitions.length, maxLength: partitions.length })
        .map((places) => new Map(partitions.map((partition, index) => [partition, places[index] as Place]))),
    ),
  turn: fc.nat(255),
});

const refusal = (read: () => unknown): string => {
  try {
    read();
    return "taken";
  } catch (error) {
    return (error as Error).message;
  }
};

it("GIVEN any bookmark WHEN its text is read THEN it is the same", () => {
  fc.assert(
    fc.property(aBookmark, (bookmark) => {
      const { places, turn } = bookmarkIn(bookmarkText(bookmark, ORDERS, {}), ORDERS, {});
      expect(turn).toBe(bookmark.turn);
      expect(new Map(places)).toEqual(new Map(bookmark.places));
    }),
  );
});

it("GIVEN the largest bookmark there is WHEN it is written THEN it fits into a query", () => {
  const places = new Map(
    Array.from({ length: 256 }, (_, partition) => [
      partition,
      { head: MICROSECONDS, slotBase: MICROSECONDS - 900 },
    ]),
  );
  expect(bookmarkText({ places, turn: 255 }, ORDERS, {}).length).toBeLessThanOrEqual(4_096);
  const sixteen = new Map(
    [...places]
      .slice(0, 16)
      .map(([partition]) => [partition, { head: MICROSECONDS, slotBase: MICROSECONDS }]),
  );
  expect(bookmarkText({ places: sixteen, turn: 0 }, ORDERS, {}).length).toBeLessThanOrEqual(220);
});

describe("a text that is not a bookmark of this topic", () => {
  const bookmark = { places: new Map([[3, { head: 1_000, slotBase: 990 }]]), turn: 3 };
  const text = bookmarkText(bookmark, ORDERS, { key: "a" });
  const read = (given: string, topic = ORDERS, selection: object = { key: "a" }) =>
    refusal(() => bookmarkIn(given, topic, selection));

  it("is refused, whichever of its characters was changed or cut off", () => {
    expect(read(text)).toBe("taken");
    for (let at = 0; at < text.length; at++) {
      const other = text.charAt(at) === "A" ? "Q" : "A";
      expect(read(text.slice(0, at) + other + text.slice(at + 1))).toContain("not a cursor from this API");
      expect(read(text.slice(0, at))).toContain("not a cursor from this API");
    }
  });

  it.each(["", "x", "azo3", Buffer.alloc(40).toString("base64url")])("is refused: %j", (given) => {
    expect(read(given)).toContain("not a cursor from this API");
  });

  it("is refused for any bytes, and never fails in another way", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(read(Buffer.from(bytes).toString("base64url"))).toContain("not a cursor from this API");
      }),
    );
  });

  it("says so if it is of another topic, of an earlier one of this name, or of another selection", () => {
    expect(read(text, { name: "others", uid: "u2" })).toContain("another topic");
    expect(read(text, { name: "orders", uid: "u2" })).toContain("earlier topic");
    expect(read(text, ORDERS, {})).toContain("another");
    expect(read(text, ORDERS, { key: "b" })).toContain('"key"');
  });
});
