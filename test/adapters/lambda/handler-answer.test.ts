import { failedIdsIn } from "../../../lib/adapters/lambda/handler-answer.js";

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
    expect(failedIdsIn(answer, IDS)).toEqual(new Set());
  });

  it("names what failed", () => {
    expect(failedIdsIn(failures("b"), IDS)).toEqual(new Set(["b"]));
    expect(failedIdsIn(failures("b", "a", "b"), IDS)).toEqual(IDS);
  });

  it.each([
    ["an id of another batch", failures("a", "c")],
    ["an empty id", failures("")],
    ["null for an id", failures(null)],
    ["no id", { batchItemFailures: [{}] }],
    ["another name for it", { batchItemFailures: [{ itemIdentifer: "a" }] }],
    ["null for a failure", { batchItemFailures: [null] }],
    ["bare ids", { batchItemFailures: ["a"] }],
    ["no list", { batchItemFailures: "a" }],
  ])("with %s means that all failed", (_what, answer) => {
    expect(failedIdsIn(answer, IDS)).toBe("all");
  });
});
