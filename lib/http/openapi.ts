import { z } from "zod";
import { Problem } from "./contracts/common.js";
import type { Route } from "./route.js";

const TITLE = "Sluice";
const VERSION = "0.1.0";

const schemaOf = (schema: z.ZodType, io: "input" | "output"): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
};

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query"): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function operationOf(route: Route): object {
  const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const answers = (route.statuses ?? [200]).map((status) => [
    String(status),
    {
      description: status === 204 ? "Done" : "Answer",
      ...(route.answer && status !== 204
        ? { content: { "application/json": { schema: schemaOf(route.answer, "output") } } }
        : {}),
    },
  ]);
  const json = route.body && { "application/json": { schema: schemaOf(route.body, "input") } };
  const content = route.rawBody ? { "*/*": { schema: {} } } : json;
  return {
    operationId: route.id,
    summary: route.summary,
    parameters: [...parametersOf(route.params, "path"), ...parametersOf(route.query, "query")],
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
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: TITLE, version: VERSION, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: { schemas: { Problem: schemaOf(Problem, "output") } },
  };
}
