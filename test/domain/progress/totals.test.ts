import { ALL_LIVES, Counting } from "../../../lib/domain/progress/totals.js";
import { chainNonce, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { NOW_MS, aHint, aLease, aRetry, aSpan } from "../../contract/builders.js";

const COUNTED = { expired: 4, setAside: 1, capped: false };

it("counts nothing where there is nothing", () => {
  expect(new Counting(ALL_LIVES).totals(COUNTED)).toEqual({
    ...{ inFlight: 0, retrying: 0, busyKeys: 0, heldKeys: 0 },
    ...COUNTED,
  });
});

it("counts what was sent back as waiting, though its lease holds it, and a hint not at all", () => {
  const counting = new Counting(ALL_LIVES);
  const lease = aLease({ spans: [aSpan(0, 3), aSpan(3, 5, { isReturned: true })], done: [0, 3] });
  for (const record of [lease, aHint(lease, NOW_MS), aRetry({ spans: [aSpan(7, 9)] })]) counting.add(record);
  expect(counting.totals(COUNTED)).toMatchObject({ inFlight: 2, retrying: 4 });
});

it("counts what lies below what lives as expired, and not its age", () => {
  const counting = new Counting({ nowMs: NOW_MS, from: new Map([[0, 4]]) });
  counting.add(aLease({ spans: [aSpan(0, 2, { publishedAtMs: NOW_MS - 9 }), aSpan(2, 6)] }));
  counting.add(aRetry({ partition: 1, spans: [aSpan(0, 2, { publishedAtMs: NOW_MS - 5 })] }));
  expect(counting.totals(COUNTED)).toEqual({
    ...{ inFlight: 2, retrying: 2, busyKeys: 0, heldKeys: 0 },
    expired: 8,
    setAside: 1,
    capped: false,
    oldestPublishedAtMs: NOW_MS - 5,
  });
});

it.each([
  { expiresAtMs: NOW_MS, counts: { inFlight: 1, retrying: 0, expired: 7 } },
  { expiresAtMs: NOW_MS + 1, counts: { inFlight: 2, retrying: 2, expired: 4 } },
])("counts what expires at $expiresAtMs by its own will as $counts", ({ expiresAtMs, counts }) => {
  const counting = new Counting({ nowMs: NOW_MS, from: new Map() });
  const spans = [aSpan(0, 1), aSpan(1, 2, { expiresAtMs }), aSpan(2, 4, { expiresAtMs, isReturned: true })];
  counting.add(aLease({ spans }));
  expect(counting.totals(COUNTED)).toMatchObject(counts);
});

it("counts keys, those that hold among them, each once, and what holds as no message", () => {
  const counting = new Counting(ALL_LIVES);
  const hold = { heldUntilMs: NOW_MS + 5 };
  const [a, b, c] = ["a", "b", "c"].map(keyHash) as [string, string, string];
  const spans = [aSpan(0, 1, hold), aSpan(1, 2, hold), aSpan(2, 5)];
  counting.add(aRetry({ id: dueId(NOW_MS, chainNonce(a, "r")), spans }));
  const lease = aLease({
    id: dueId(NOW_MS, keyedNonce([b, c], "l")),
    spans: [aSpan(6, 7), aSpan(7, 8, { keyAt: 1 })],
  });
  counting.add(lease);
  counting.add(aHint(lease, NOW_MS));
  // A record of a whole partition tells no keys, but each dead letter is of one.
  counting.add(aRetry({ spans: [aSpan(20, 21, hold), aSpan(21, 23)] }));
  expect(counting.totals(COUNTED)).toMatchObject({ busyKeys: 4, heldKeys: 2, retrying: 5, inFlight: 2 });
});
