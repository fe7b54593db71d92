import type { FieldProblem } from "../errors.js";

/**
 * What is wrong with each of some bodies, given as JSON texts; nothing for those that fit. undefined: those before took
 * so long that there was no time for it.
 */
export type BodyCheck = (bodies: readonly string[]) => readonly (readonly FieldProblem[] | undefined)[];

/** Checks message bodies by JSON Schemas (draft 2020-12). No schema and no body keeps a process busy for long. */
export interface Schemas {
  /** @throws {InvalidRequest} if the JSON text is no schema to check by: each fault with its place in it */
  compile(schema: string): Promise<BodyCheck>;
}
