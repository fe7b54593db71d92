import { InvariantError, invariant } from "../../lib/domain/invariant.js";

describe("a rule of the design", () => {
  it("goes unnoticed where it holds", () => {
    expect(() => invariant(true, "a lease ends at or below the head")).not.toThrow();
  });

  it("stops the operation where it does not, and a log says that it was an invariant, and which", () => {
    const broken = (): void => invariant(false, "a lease ends at or below the head");
    expect(broken).toThrow(InvariantError);
    expect(broken).toThrow(
      expect.objectContaining({ name: "InvariantError", message: "a lease ends at or below the head" }),
    );
  });
});
