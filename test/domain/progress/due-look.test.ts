import { DueLooking, PASSED_AGE_MS } from "../../../lib/domain/progress/due-look.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { NOW_MS, aLease } from "../../contract/builders.js";

/** A lease that is found from `foundMs` on, and due at `dueMs`. */
const found = (foundMs: number, dueMs: number) => aLease({ id: dueId(foundMs, "n"), dueMs });
const OLD_MS = NOW_MS - PASSED_AGE_MS;

describe("a look at the records of a subscription", () => {
  it("tells those that are due, up to its limit", () => {
    const looking = new DueLooking(NOW_MS, 2);
    const due = [found(OLD_MS, NOW_MS), found(OLD_MS + 1, NOW_MS), found(OLD_MS + 2, NOW_MS)];
    for (const record of due) looking.add(record);
    expect([looking.isFull, looking.look()]).toEqual([true, { found: due.slice(0, 2) }]);
  });

  it("tells how far it read past extended ones, and until when that holds", () => {
    const looking = new DueLooking(NOW_MS, 9);
    const extended = [found(OLD_MS - 2, NOW_MS + 900), found(OLD_MS - 1, NOW_MS + 500)];
    const due = found(OLD_MS, NOW_MS);
    for (const record of [...extended, due, found(OLD_MS, NOW_MS + 100)]) looking.add(record);
    expect(looking.look()).toEqual({
      found: [due],
      passed: { lastId: extended[1]?.id, untilMs: NOW_MS + 500 },
    });
  });

  it("does not read past what is so new that another may still come in front of it", () => {
    const looking = new DueLooking(NOW_MS, 9);
    looking.add(found(OLD_MS + 1, NOW_MS + 500));
    expect(looking.look()).toEqual({ found: [] });
  });
});
