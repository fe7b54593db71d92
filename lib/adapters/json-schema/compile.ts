import { type FieldProblem, InvalidRequest } from "../../domain/errors.js";
import type { BodyCheck } from "../../domain/ports/schemas.js";
import { CompiledSchema } from "./compiled.js";
import { TookTooLong, limited } from "./limited.js";

/** How long a schema may take to be compiled: a hundred times what it mostly does. */
const COMPILE_MS = 5_000;

/** How long a body may take, a thousand times what it mostly does; and all of a request, well below what that has. */
const LIMITS = { bodyMs: 1_000, bodiesMs: 5_000 };

const TOO_SLOW: FieldProblem = {
  path: "",
  detail: "takes too long to be checked by the topic's schema: make the body smaller, or the schema simpler",
};
const NO_JSON: FieldProblem = { path: "", detail: "is not valid JSON" };
const TOO_DEEP: FieldProblem = { path: "", detail: "is nested too deep for the topic's schema" };

/** @throws {InvalidRequest} if this JSON text is no schema that bodies can be checked by */
export function compileSchema(text: string, { bodyMs, bodiesMs } = LIMITS): BodyCheck {
  const schema = limitedTo(COMPILE_MS, () => new CompiledSchema(JSON.parse(text) as object), [
    { path: "", detail: "takes too long to be compiled: make it simpler" },
  ]);
  return (bodies) => {
    const startedMs = performance.now();
    return bodies.map((body) => {
      // Whoever is checked has the whole time: none is refused because others took it.
      const isLate = performance.now() - startedMs > bodiesMs - bodyMs;
      return isLate ? undefined : faultsOf(schema, body, bodyMs);
    });
  };
}

function faultsOf(schema: CompiledSchema, body: string, atMostMs: number): readonly FieldProblem[] {
  try {
    return limited(atMostMs, () => schema.faultsOf(body));
  } catch (error) {
    if (error instanceof TookTooLong) return [TOO_SLOW];
    if (error instanceof RangeError) return [TOO_DEEP];
    if (error instanceof SyntaxError) return [NO_JSON];
    throw error;
  }
}

function limitedTo<T>(milliseconds: number, work: () => T, faults: readonly FieldProblem[]): T {
  try {
    return limited(milliseconds, work);
  } catch (error) {
    if (error instanceof TookTooLong) throw new InvalidRequest(faults);
    if (error instanceof RangeError) throw new InvalidRequest([{ path: "", detail: "is nested too deep" }]);
    throw error;
  }
}
