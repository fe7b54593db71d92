/** A rule of the design does not hold: guessing on would lose messages, so the operation stops here. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** @throws {InvariantError} with `rule` if `holds` is false. */
export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new InvariantError(rule);
}
