import { dueAt, followersOf } from "../../../lib/domain/progress/followers.js";
import { NOW_MS, aLease, aRetry, aSpan } from "../../contract/builders.js";

const LATER_MS = NOW_MS + 600_000;
const SOON_MS = NOW_MS + 5_000;
const ID = "0001790000600000-k-5d41402a--n";
const gone = (at: number) => new Map([[at, undefined]]);

describe("what waits behind a message of its key", () => {
  const chain = aRetry({ id: ID, dueMs: LATER_MS, spans: [aSpan(0, 1), aSpan(1, 4, { attempt: 0 })] });

  it("is due at once when that is gone, and with it when that is sent sooner", () => {
    const all = (dueMs: number) => new Map([1, 2, 3].map((at) => [at, dueMs]));
    expect(followersOf(chain, gone(0), NOW_MS)).toEqual(all(NOW_MS));
    expect(followersOf(chain, new Map([[0, SOON_MS]]), NOW_MS)).toEqual(all(SOON_MS));
  });

  it("keeps its time where something that failed itself is between, and takes it over from there on", () => {
    const spans = [aSpan(0, 1), aSpan(1, 2, { attempt: 0 }), aSpan(2, 3), aSpan(3, 4, { attempt: 0 })];
    const mixed = { ...chain, spans, dueMs: SOON_MS };
    expect(followersOf(mixed, gone(0), NOW_MS)).toEqual(
      new Map([
        [1, NOW_MS],
        [3, SOON_MS],
      ]),
    );
  });

  it("keeps a later time of its own, by an operator's word", () => {
    const spans = [aSpan(0, 1), aSpan(1, 2, { attempt: 0, dueMs: LATER_MS })];
    expect(followersOf({ ...chain, spans, dueMs: SOON_MS }, gone(0), NOW_MS)).toEqual(new Map());
  });

  it("is nothing that lies before, and nothing in a lease or a record of a whole partition", () => {
    expect(followersOf(chain, gone(3), NOW_MS)).toEqual(new Map());
    expect(followersOf(aLease({ id: ID, spans: chain.spans }), gone(0), NOW_MS)).toEqual(new Map());
    expect(followersOf(aRetry({ ...chain, id: "0001790000600000-n" }), gone(0), NOW_MS)).toEqual(new Map());
  });

  it("gets its times one by one", () => {
    const times = new Map([[1, NOW_MS]]);
    expect(dueAt(chain.spans, times)).toEqual([
      aSpan(0, 1),
      aSpan(1, 2, { attempt: 0, dueMs: NOW_MS }),
      aSpan(2, 4, { attempt: 0, slotBase: 1 }),
    ]);
  });
});
