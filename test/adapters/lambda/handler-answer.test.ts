import { failedIn } from "../../../lib/adapters/lambda/handler-answer.js";

const IDS = new Set(["a", "b"]);
const failures = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("a handler's answer", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty text", ""],
    ["no failures", {}],
    ["null for failures", { batchItemFailures: null }],
    ["an empty list", failures()],
    ["something of its own", { statusCode: 200 }],
    ["a text of its own", "done"],
    ["a number", 7],
  ])("of %s means that all are done", (_what, answer) => {
    expect(failedIn(answer, IDS)).toEqual(new Map());
  });

  it("names what failed", () => {
    expect(failedIn(failures("b"), IDS)).toEqual(new Map([["b", {}]]));
    expect(new Set((failedIn(failures("b", "a", "b"), IDS) as Map<string, object>).keys())).toEqual(IDS);
  });

  it("says of what failed whether it is rejected, and why", () => {
    const answer = {
      batchItemFailures: [
        { itemIdentifier: "a", outcome: "reject", error: "no such customer" },
        { itemIdentifier: "b", outcome: "retry", error: "the shop is closed" },
      ],
    };
    expect(failedIn(answer, IDS)).toEqual(
      new Map([
        ["a", { isRejected: true, error: "no such customer" }],
        ["b", { error: "the shop is closed" }],
      ]),
    );
  });

  it("whose error is not a text still names what failed", () => {
    const answer = { batchItemFailures: [{ itemIdentifier: "a", outcome: "reject", error: { code: 7 } }] };
    expect(failedIn(answer, IDS)).toEqual(new Map([["a", { isRejected: true }]]));
  });

  it.each([
    ["an outcome that does not exist", { batchItemFailures: [{ itemIdentifier: "a", outcome: "discard" }] }],
    ["an id of another batch", failures("a", "c")],
    ["an empty id", failures("")],
    ["null for an id", failures(null)],
    ["no id", { batchItemFailures: [{}] }],
    ["another name for it", { batchItemFailures: [{ itemIdentifer: "a" }] }],
    ["null for a failure", { batchItemFailures: [null] }],
    ["bare ids", { batchItemFailures: ["a"] }],
    ["no list", { batchItemFailures: "a" }],
  ])("with %s means that all failed", (_what, answer) => {
    expect(failedIn(answer, IDS)).toBe("all");
  });
});
