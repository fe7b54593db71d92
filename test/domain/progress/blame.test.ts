import { blameForSilence, blamed, countTogether, isSuspect } from "../../../lib/domain/progress/blame.js";
import { aSpan } from "../../contract/builders.js";

const failure = { kind: "failed", atMs: 5, attempt: 1, error: "no" } as const;

describe("the blame for a failure", () => {
  it("is counted where the message failed itself, or alone", () => {
    expect(blamed({}, "charged", failure)).toEqual({ charged: 1, failures: [failure] });
    expect(blamed({ charged: 2 }, { among: 1 }, failure)).toEqual({ charged: 3, failures: [failure] });
  });

  it("is not counted where it lies with nobody", () => {
    expect(blamed({}, "spared", failure)).toEqual({});
    expect(blamed({ charged: 2, together: 3 }, "spared", failure)).toEqual({ charged: 2, together: 3 });
    expect(blamed({ failures: [failure] }, "returned", failure)).toEqual({ failures: [failure] });
  });

  it("halves those that failed together again until one is alone, and charges none of them before", () => {
    let past = blamed({}, { among: 10 }, failure);
    expect(past).toMatchObject({ together: 10 });
    past = blamed(past, { among: 10 }, failure);
    expect(past).toMatchObject({ together: 5 });
    past = blamed(past, { among: 5 }, failure);
    expect(past).toMatchObject({ together: 3 });
    past = blamed(past, { among: 3 }, failure);
    expect(past).toMatchObject({ together: 2 });
    past = blamed(past, { among: 2 }, failure);
    expect(past).toMatchObject({ together: 1 });
    past = blamed(past, { among: 1 }, failure);
    expect(past).toMatchObject({ together: 1, charged: 1 });
    expect(past.failures?.map(({ among }) => among)).toEqual([10, 10, 5, 3, 2, undefined]);
  });
});

describe("how many may be handed out together", () => {
  it("is no more than any of them allows", () => {
    expect(countTogether([aSpan(0, 10)])).toBe(10);
    expect(countTogether([aSpan(0, 10, { together: 5 })])).toBe(5);
    expect(countTogether([aSpan(0, 3), aSpan(3, 10, { together: 5 })])).toBe(5);
    expect(countTogether([aSpan(0, 3), aSpan(3, 10, { together: 2 })])).toBe(3);
    expect(countTogether([aSpan(0, 2, { together: 4 }), aSpan(2, 3, { together: 1 })])).toBe(2);
    expect(countTogether([])).toBe(0);
  });

  it("is limited only by those under suspicion", () => {
    expect(isSuspect([aSpan(0, 3), aSpan(3, 4, { together: 1 })])).toBe(true);
    expect(isSuspect([aSpan(0, 3, { charged: 2 })])).toBe(false);
  });
});

describe("a lease that ran out without a word", () => {
  const expired = { kind: "expired", atMs: 5, attempt: 1 } as const;
  const spared = (times: number) => Array.from({ length: times }, () => ({ ...expired, among: 4 }));

  it("is charged to the message that was alone in it, if its consumer did not say what else it had", () => {
    expect(blameForSilence({}, 1, undefined)).toEqual({ among: 1 });
    expect(blameForSilence({}, 3, undefined)).toEqual({ among: 3 });
    expect(blameForSilence({}, 3, 7)).toEqual({ among: 3 });
  });

  it("is charged to nobody the first time, since its consumer may have taken others since", () => {
    for (const beside of [0, 9]) {
      const blame = blameForSilence({}, 1, beside);
      expect(blame).toEqual({ beside });
      expect(blamed({}, blame, expired)).toEqual({
        together: 1,
        failures: [{ ...expired, among: beside + 1 }],
      });
    }
  });

  it("is charged to what was under suspicion, and was all that its consumer had", () => {
    expect(blameForSilence({ together: 1, failures: spared(1) }, 1, 0)).toBe("charged");
    expect(blameForSilence({ together: 1, failures: spared(1) }, 1, 2)).toEqual({ beside: 2 });
  });

  it("is charged all the same where its consumers always have others in hand", () => {
    expect(blameForSilence({ together: 1, failures: spared(2) }, 1, 2)).toEqual({ beside: 2 });
    expect(blameForSilence({ together: 1, failures: spared(3) }, 1, 2)).toBe("charged");
    expect(blameForSilence({ together: 1, failures: [...spared(3), expired, ...spared(1)] }, 1, 2)).toEqual({
      beside: 2,
    });
    // Its record had no room for them.
    expect(blameForSilence({ together: 1 }, 1, 2)).toBe("charged");
  });
});
