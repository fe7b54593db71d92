import type { ErrorObject } from "ajv";
import type { FieldProblem } from "../../domain/errors.js";

/** The most faults that are told of one body or schema. */
const TOLD_AT_MOST = 20;
/** Names in a body may be of any length. */
const SHOWN_CHARACTERS = 200;

/** The validator's errors as problems, with places such as `items[2].price`. No value of the body is told. */
export function toldFaults(errors: readonly ErrorObject[]): readonly FieldProblem[] {
  const each = new Map(errors.map(toldFault).map((one) => [keyOf(one), one]));
  return [...each.values()].slice(0, TOLD_AT_MOST);
}

const keyOf = ({ path, detail }: FieldProblem): string => `${path} ${detail}`;

function toldFault({ keyword, instancePath, params, message }: ErrorObject): FieldProblem {
  const told = params as Readonly<Record<string, unknown>>;
  const place = pathOf(instancePath);
  switch (keyword) {
    case "required":
    case "dependentRequired":
      return problem(below(place, String(told.missingProperty)), "is required");
    case "additionalProperties":
      return problem(below(place, String(told.additionalProperty)), "is not allowed");
    case "unevaluatedProperties":
      return problem(below(place, String(told.unevaluatedProperty)), "is not allowed");
    case "enum":
      return problem(place, `must be one of ${JSON.stringify(told.allowedValues)}`);
    case "const":
      return problem(place, `must be ${JSON.stringify(told.allowedValue)}`);
    default:
      return problem(place, message ?? `does not fit "${keyword}"`);
  }
}

const problem = (path: string, detail: string): FieldProblem => ({
  path: shortened(path),
  detail: shortened(detail),
});

const shortened = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;

/** A JSON pointer as a path. */
const pathOf = (pointer: string): string =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(below, "");

function below(path: string, part: string): string {
  if (/^\d+$/.test(part)) return `${path}[${part}]`;
  return path === "" ? part : `${path}.${part}`;
}
