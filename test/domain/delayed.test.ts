import fc from "fast-check";
import {
  DELAYED_KEYS,
  delayedGroup,
  delayedId,
  delayedObjectName,
  delayedKey,
  placeAfter,
  roundedDueMs,
  taking,
} from "../../lib/domain/delayed.js";
import { parseGivenId } from "../../lib/domain/message-id.js";

const topic = { name: "orders", uid: "u" };
const given = fc.record({
  dueMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  scheduledAtMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  index: fc.integer({ min: 0, max: 999 }),
  nonce: fc.stringMatching(/^[\w-]{22}$/),
});

it("tells in its id when it is due, and where it waits", () => {
  fc.assert(
    fc.property(given, (one) => {
      const id = delayedId(topic, one);
      expect(parseGivenId(id)?.timeMs).toBe(one.dueMs);
      const { group, place } = delayedKey(topic, id) ?? {};
      expect(Array.from({ length: DELAYED_KEYS }, (_, key) => delayedGroup(topic, key))).toContain(group);
      expect(`orders.${place}`).toBe(id);
      expect(taking(topic, { id })).toEqual({ kind: "take", from: "delayed", group, place });
    }),
  );
});

it("has a place that sorts by when it is due, then by when it was sent, then by its place in its request", () => {
  const rank = (one: { dueMs: number; scheduledAtMs: number; index: number }) => [
    ...[one.dueMs, one.scheduledAtMs, one.index],
  ];
  fc.assert(
    fc.property(given, given, (one, other) => {
      const at = rank(one).findIndex((value, index) => value !== rank(other)[index]);
      fc.pre(at >= 0);
      const isBefore = (rank(one)[at] ?? 0) < (rank(other)[at] ?? 0);
      const places = [one, other].map((each) => delayedKey(topic, delayedId(topic, each))?.place ?? "");
      expect((places[0] ?? "") < (places[1] ?? "")).toBe(isBefore);
    }),
  );
});

it("is due by its own time, and not a millisecond before", () => {
  fc.assert(
    fc.property(given, (one) => {
      const place = delayedKey(topic, delayedId(topic, one))?.place ?? "";
      expect(place < placeAfter(one.dueMs)).toBe(true);
      if (one.dueMs > 0) expect(place < placeAfter(one.dueMs - 1)).toBe(false);
    }),
  );
});

it("is never due earlier than asked for, and at most a fifth of a second later", () => {
  fc.assert(
    fc.property(fc.nat(4_000_000_000_000), (dueMs) => {
      const lateMs = roundedDueMs(dueMs) - dueMs;
      expect(lateMs).toBeGreaterThanOrEqual(0);
      expect(lateMs).toBeLessThan(200);
      expect(roundedDueMs(roundedDueMs(dueMs))).toBe(roundedDueMs(dueMs));
    }),
  );
});

it("waits nowhere in another topic, and an address waits nowhere", () => {
  const id = delayedId(topic, { dueMs: 1, scheduledAtMs: 0, index: 0, nonce: "n".repeat(22) });
  expect(delayedKey({ name: "other", uid: "u" }, id)).toBeUndefined();
  expect(delayedKey(topic, "orders.u.0.1")).toBeUndefined();
  expect(delayedKey({ name: "orders", uid: "next" }, id)?.group).toContain("#next#");
});

it("tells in its id how its object is named, if it had one", () => {
  const nonce = "n".repeat(22);
  const id = delayedId(topic, { dueMs: 2, scheduledAtMs: 1, index: 7, nonce });
  expect(delayedObjectName(id)).toBe(nonce);
  expect(delayedObjectName(`${topic.name}.u.0.1`)).toBeUndefined();
});
