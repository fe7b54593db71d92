import { newLease, newRetry, unmarked } from "../../../lib/domain/moves/making.js";
import { NOW_MS, aSpan } from "../../contract/builders.js";

it("makes records under an id that begins with the time that they are due", () => {
  const where = { partition: 3, epoch: 2 };
  const held = { ...where, id: `000${NOW_MS}-n`, spans: [aSpan(0, 1)], done: [], version: 1, dueMs: NOW_MS };
  expect(newLease(where, [aSpan(0, 1)], NOW_MS, "n")).toEqual({ kind: "lease", ...held });
  expect(newRetry(where, [aSpan(0, 1)], NOW_MS, "n")).toEqual({ kind: "retry", ...held });
});

it("takes from spans what a lease said of them, and joins those that are alike then", () => {
  const spans = [
    aSpan(0, 1),
    aSpan(1, 2, { dueMs: 5, isReturned: true }),
    aSpan(2, 3, { lastError: "no stock" }),
  ];
  expect(unmarked(spans)).toEqual([aSpan(0, 2), aSpan(2, 3, { lastError: "no stock" })]);
});
