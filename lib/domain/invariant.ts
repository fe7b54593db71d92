/** A rule of the design is broken. The operation stops here, because continuing on a guess could lose messages. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** @throws {InvariantError} with `rule` if `holds` is false. */
export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new InvariantError(rule);
}
