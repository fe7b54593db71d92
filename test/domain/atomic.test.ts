import { type AtomicWrites, assertFits } from "../../lib/domain/atomic.js";

const some = (fields: Partial<AtomicWrites>): AtomicWrites => ({
  ...{ partitions: 0, dedupIds: 0, delayed: 0, times: 0, hasKey: false },
  ...fields,
});

it("takes what one transaction does, an anchor for each partition included", () => {
  for (const fits of [
    { partitions: 50 },
    { partitions: 1, dedupIds: 98 },
    { partitions: 1, dedupIds: 97, hasKey: true },
    { delayed: 50, times: 50 },
  ])
    expect(() => assertFits(some(fits))).not.toThrow();
  for (const not of [
    { partitions: 51 },
    { partitions: 1, dedupIds: 98, hasKey: true },
    { delayed: 100, times: 1 },
  ])
    expect(() => assertFits(some(not))).toThrow("up to 100 writes");
});

it("says what takes how much, how many there are, and how to mend it", () => {
  const many = some({ partitions: 30, dedupIds: 60, delayed: 3, times: 2, hasKey: true });
  expect(() => assertFits(many)).toThrow(
    "all or nothing is one transaction of up to 100 writes, and this takes 126: 2 for each of 30 partitions, " +
      "1 for each of 60 dedupIds, 1 for each of 3 delayed messages, " +
      "1 for each of the 2 times at which those are due, " +
      '1 for the Idempotency-Key. Nothing is stored: send fewer messages at once, or without "atomic"',
  );
});
