import { Counting } from "../../../lib/domain/progress/totals.js";
import { NOW_MS, aHint, aLease, aRetry, aSpan } from "../../contract/builders.js";

const COUNTED = { expired: 4, setAside: 1, capped: false };

it("counts nothing where there is nothing", () => {
  expect(new Counting(new Map()).totals(COUNTED)).toEqual({ inFlight: 0, retrying: 0, ...COUNTED });
});

it("counts what was sent back as waiting, though its lease holds it, and a hint not at all", () => {
  const counting = new Counting(new Map());
  const lease = aLease({ spans: [aSpan(0, 3), aSpan(3, 5, { isReturned: true })], done: [0, 3] });
  for (const record of [lease, aHint(lease, NOW_MS), aRetry({ spans: [aSpan(7, 9)] })]) counting.add(record);
  expect(counting.totals(COUNTED)).toMatchObject({ inFlight: 2, retrying: 4 });
});

it("counts what lies below what lives as expired, and not its age", () => {
  const counting = new Counting(new Map([[0, 4]]));
  counting.add(aLease({ spans: [aSpan(0, 2, { publishedAtMs: NOW_MS - 9 }), aSpan(2, 6)] }));
  counting.add(aRetry({ partition: 1, spans: [aSpan(0, 2, { publishedAtMs: NOW_MS - 5 })] }));
  expect(counting.totals(COUNTED)).toEqual({
    inFlight: 2,
    retrying: 2,
    expired: 8,
    setAside: 1,
    capped: false,
    oldestPublishedAtMs: NOW_MS - 5,
  });
});
