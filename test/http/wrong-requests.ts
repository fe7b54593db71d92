import { openApiDocument } from "../../lib/http/openapi.js";
import { routes } from "../../lib/http/routes/index.js";

/** As much of a JSON schema as the contracts use. */
interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface WrongRequest {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface RouteUnderTest {
  readonly id: string;
  readonly method: string;
  readonly requests: readonly WrongRequest[];
}

/** Each is wrong for most fields; none is a wait that a long poll would keep. */
const VALUES: readonly unknown[] = [
  ...[null, true, -1, 1.5, 1e300, 99_999_999, "", "?", "x".repeat(3_000)],
  ...[[], {}, [null], [[]], { "?": 1 }, Array.from({ length: 1_001 }, () => ({}))],
];
const TEXTS: readonly string[] = ["-1", "1.5", "999999999", "x".repeat(3_000), "%3F"];

const paths = (): [path: string, operations: Record<string, Operation>][] =>
  Object.entries(openApiDocument(routes).paths as Record<string, Record<string, Operation>>);

/** Every route, with requests whose fields are wrong, one after the other and each in many ways. */
export function wrongRequests(): RouteUnderTest[] {
  return paths().flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      requests: [...withParameters(path, operation), ...withBodies(path, operation)],
    })),
  );
}

const NAMES: Readonly<Record<string, string>> = { "{topic}": "orders", "{subscription}": "audit" };
const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, (name) => NAMES[name] ?? name);

function withParameters(path: string, { parameters }: Operation): WrongRequest[] {
  const unknown = { path: `${filled(path)}?unknown=1` };
  return parameters.reduce<WrongRequest[]>(
    (requests, { name, in: place }) => [
      ...requests,
      ...TEXTS.map((text): WrongRequest => {
        if (place === "path") return { path: filled(path.replace(`{${name}}`, text)) };
        if (place === "query") return { path: `${filled(path)}?${name}=${text}` };
        return { path: filled(path), headers: { [name]: text } };
      }),
    ],
    [unknown],
  );
}

function withBodies(path: string, { requestBody }: Operation): WrongRequest[] {
  const schema = requestBody?.content["application/json"]?.schema;
  return schema ? wrongValues(schema).map((body) => ({ path: filled(path), body })) : [];
}

/** Wrong values for the whole, and for each part of it. */
function wrongValues(given: Schema): unknown[] {
  const schema = resolved(given);
  const parts = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    wrongValues(property).map((value) => ({ ...constantsOf(schema), [name]: value })),
  );
  const items = schema.items ? wrongValues(schema.items).map((value) => [value]) : [];
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(wrongValues);
  return [...VALUES, ...parts, ...items, ...options];
}

/** The fields that tell one form of a union from the others. */
const constantsOf = ({ properties = {} }: Schema): object =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) =>
      property.const === undefined ? [] : [[name, property.const]],
    ),
  );

function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split("/").pop();
  if (name === undefined) return schema;
  const { schemas } = openApiDocument(routes).components as { schemas: Readonly<Record<string, Schema>> };
  const found = schemas[name];
  if (!found) throw new Error(`the document has no schema ${name}`);
  return found;
}
