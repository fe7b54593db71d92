import { blamed, countTogether, isSuspect } from "../../../lib/domain/progress/blame.js";
import { aSpan } from "../../contract/builders.js";

describe("the blame for a failure", () => {
  it("is counted where the message failed itself, or alone", () => {
    expect(blamed({}, "charged")).toEqual({ charged: 1 });
    expect(blamed({ charged: 2 }, { among: 1 })).toEqual({ charged: 3 });
  });

  it("is not counted where it lies with nobody", () => {
    expect(blamed({}, "spared")).toEqual({});
    expect(blamed({ charged: 2, together: 3 }, "spared")).toEqual({ charged: 2, together: 3 });
  });

  it("halves those that failed together again until one is alone, and charges none of them before", () => {
    let past = blamed({}, { among: 10 });
    expect(past).toEqual({ together: 10 });
    past = blamed(past, { among: 10 });
    expect(past).toEqual({ together: 5 });
    past = blamed(past, { among: 5 });
    expect(past).toEqual({ together: 3 });
    past = blamed(past, { among: 3 });
    expect(past).toEqual({ together: 2 });
    past = blamed(past, { among: 2 });
    expect(past).toEqual({ together: 1 });
    expect(blamed(past, { among: 1 })).toEqual({ together: 1, charged: 1 });
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
