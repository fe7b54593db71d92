import { z } from "zod";
import { Problem } from "./contracts/common.js";
import { NewMessage } from "./contracts/message.js";
import type { Route } from "./route.js";

const TITLE = "Sluice";
const VERSION = "0.1.0";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The document in the making: schemas that have a name are kept once, and referred to. */
class Components {
  readonly schemas: Record<string, object> = {};

  schemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
    const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
    for (const [name, named] of Object.entries($defs)) this.schemas[name] ??= referring(named) as object;
    const { id, ...inline } = referring(rest) as JsonSchema & { id?: string };
    if (id === undefined) return inline;
    this.schemas[id] ??= inline;
    return { $ref: `#/components/schemas/${id}` };
  }
}

/** The same with references into this document, whose names are no `$id`s. */
function referring(schema: unknown): unknown {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text);
}

function parametersOf(
  components: Components,
  schema: z.ZodType | undefined,
  place: "path" | "query" | "header",
): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = components.schemaOf(schema, "input");
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function operationOf(components: Components, route: Route): object {
  const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const answers = (route.statuses ?? [200]).map((status): [string, object] => [
    String(status),
    {
      description: status === 204 ? "Done" : "Answer",
      ...(route.answer && status !== 204
        ? { content: { "application/json": { schema: components.schemaOf(route.answer, "output") } } }
        : {}),
    },
  ]);
  const json = route.body && { "application/json": { schema: components.schemaOf(route.body, "input") } };
  const content = route.rawBody ? { "*/*": { schema: {} } } : json;
  return {
    operationId: route.id,
    summary: route.summary,
    parameters: [
      ...parametersOf(components, route.params, "path"),
      ...parametersOf(components, route.query, "query"),
      ...parametersOf(components, route.headers, "header"),
    ],
    ...(content ? { requestBody: { required: true, content } } : {}),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: `A problem: ${[...route.errors, "internal-error"].join(", ")}`,
        content: problem,
      },
    },
  };
}

/** The OpenAPI 3.1 document, from the same table that serves the requests. */
export function openApiDocument(routes: readonly Route[]): { openapi: string } & Record<string, unknown> {
  const components = new Components();
  for (const schema of [Problem, NewMessage]) components.schemaOf(schema, "input");
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(components, route),
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: TITLE, version: VERSION, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: { schemas: components.schemas },
  };
}
