import { type FieldProblem, InvalidRequest } from "../../domain/errors.js";
import type { BodyCheck } from "../../domain/ports/schemas.js";
import { CompiledSchema } from "./compiled.js";
import { TookTooLong, limited } from "./limited.js";

/** How long a schema may take to be compiled, and a body to be checked: a thousand times what either mostly takes. */
const COMPILE_MS = 5_000;
const CHECK_MS = 1_000;
/** For all the bodies of a request, well below what a request may take. */
const CHECK_ALL_MS = 5_000;

const TOO_SLOW: FieldProblem = {
  path: "",
  detail: "takes too long to be checked by the topic's schema: make the body smaller, or the schema simpler",
};
const NO_JSON: FieldProblem = { path: "", detail: "is not valid JSON" };
const TOO_DEEP: FieldProblem = { path: "", detail: "is nested too deep for the topic's schema" };

/** @throws {InvalidRequest} if this JSON text is no schema that bodies can be checked by */
export function compileSchema(text: string): BodyCheck {
  const schema = limitedTo(COMPILE_MS, () => new CompiledSchema(JSON.parse(text) as object), [
    { path: "", detail: "takes too long to be compiled: make it simpler" },
  ]);
  return (bodies) => {
    let leftMs = CHECK_ALL_MS;
    return bodies.map((body) => {
      if (leftMs <= 0) return [TOO_SLOW];
      const startedMs = performance.now();
      const faults = faultsOf(schema, body, Math.min(CHECK_MS, Math.ceil(leftMs)));
      leftMs -= performance.now() - startedMs;
      return faults;
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
