import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { ValidateFunction } from "ajv";
import { type FieldProblem, InvalidRequest } from "../../domain/errors.js";
import { linearPatterns } from "./patterns.js";
import { toldFaults } from "./told-faults.js";
import { uniqueItems } from "./unique-items.js";

export const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** Words that schemas carry along for other tools; beside them, those that begin with `x-`. */
const ANNOTATIONS = ["example", "externalDocs", "xml"];

/** Of a longer body only the first fault is told: a list of a million wrong items has a million. */
const TOLD_IN_FULL_CHARACTERS = 100_000;

/** A schema as functions. What a body has to run through is made when a first one does. */
export class CompiledSchema {
  readonly #first: ValidateFunction;
  #all: ValidateFunction | undefined;

  /** @throws {InvalidRequest} with each fault of the schema and its place in it */
  constructor(private readonly schema: object) {
    this.#first = compiled(schema, false);
  }

  faultsOf(body: string): readonly FieldProblem[] {
    const value: unknown = JSON.parse(body);
    if (this.#first(value)) return [];
    if (body.length > TOLD_IN_FULL_CHARACTERS) return toldFaults(this.#first.errors ?? []);
    this.#all ??= compiled(this.schema, true);
    this.#all(value);
    return toldFaults(this.#all.errors ?? []);
  }
}

function compiled(schema: object, allErrors: boolean): ValidateFunction {
  const named: unknown = Reflect.get(schema, "$schema");
  if (named !== undefined && named !== DRAFT && named !== `${DRAFT}#`)
    throw new InvalidRequest([{ path: "$schema", detail: `must be "${DRAFT}", or left out` }]);
  const ajv = new Ajv2020({
    allErrors,
    inlineRefs: false,
    logger: false,
    strict: false,
    // An unknown word is mostly a misspelt one, and would check nothing.
    strictSchema: true,
    validateSchema: false,
    code: { regExp: linearPatterns },
  });
  // Its types describe its CommonJS build, where the function is a property.
  (formats as unknown as typeof formats.default)(ajv);
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword(uniqueItems);
  ajv.addVocabulary([...ANNOTATIONS, ...extensionsIn(schema)]);
  if (ajv.validateSchema(schema) !== true) throw new InvalidRequest(toldFaults(worthTelling(ajv.errors)));
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new InvalidRequest([{ path: "", detail: refusalOf(error) }]);
  }
}

/** That none of several alternatives fits says less than why each does not. */
function worthTelling(errors: Ajv2020["errors"]) {
  const all = errors ?? [];
  const telling = all.filter(({ keyword }) => keyword !== "anyOf");
  return telling.length > 0 ? telling : all;
}

const refusalOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^strict mode: /, "");

function extensionsIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  JSON.stringify(value, (name, part: unknown) => {
    if (name.startsWith("x-")) found.add(name);
    return part;
  });
  return [...found];
}
