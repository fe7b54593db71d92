import { z } from "zod";
import { Problem } from "./contracts/common.js";
import { NewMessage, TopicMessage } from "./contracts/message.js";
import type { Route } from "./route.js";
import { type ErrorCode, STATUSES } from "./status.js";

const TITLE = "Sluice";
const VERSION = "0.1.0";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Collects the named schemas, so that each stands in the document once and is referred to. */
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

/** Rewrites references to where this document keeps its schemas. */
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

const REQUEST_ID_HEADER = {
  "Sluice-Request-Id": { description: "Identifies this response in the log", schema: { type: "string" } },
};
const RETRY_AFTER_HEADER = {
  "Retry-After": { description: "Seconds until the same request may succeed", schema: { type: "integer" } },
};

/** A route's own error codes, and those that every route of its kind can return. */
function codesOf(route: Route): readonly ErrorCode[] {
  const takesBody = route.body !== undefined || route.rawBody === true;
  return [
    ...route.errors,
    "invalid-request",
    ...(takesBody ? (["request-incomplete", "request-too-large", "encoding-not-supported"] as const) : []),
    ...(route.isStoreless ? [] : (["throttled", "storage-unavailable"] as const)),
    ...(route.isStoreless || route.method === "GET" ? [] : (["conflict", "record-too-large"] as const)),
    // These arise before a route is known. `sluice dev` answers them with problems, a gateway in its own words.
    "request-unreadable",
    "request-timeout",
    "headers-too-large",
    "internal-error",
  ];
}

/** The problem responses by status, each described by its codes: `409: topic-paused, conflict`. */
function problemsOf(route: Route): [status: string, response: object][] {
  const byStatus = new Map<number, Set<ErrorCode>>();
  for (const code of codesOf(route)) {
    const status = STATUSES[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set<ErrorCode>()).add(code));
  }
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return [...byStatus].map(([status, codes]) => {
    const headers = { ...REQUEST_ID_HEADER, ...(RETRIED.has(status) ? RETRY_AFTER_HEADER : {}) };
    return [String(status), { description: [...codes].join(", "), headers, content }];
  });
}

/** Some of their codes come with `Retry-After`. */
const RETRIED = new Set([409, 429, 503]);

function answersOf(components: Components, route: Route): [status: string, response: object][] {
  return (route.statuses ?? [200]).map((status) => {
    const hasBody = route.answer && status !== 204;
    const content = hasBody && {
      "application/json": { schema: components.schemaOf(route.answer, "output") },
    };
    const description = ANSWERS[status];
    const headers = status === 307 ? { ...REQUEST_ID_HEADER, ...LOCATION_HEADER } : REQUEST_ID_HEADER;
    return [String(status), { description, headers, ...(content ? { content } : {}) }];
  });
}

const LOCATION_HEADER = {
  Location: { description: "Where they are, for some minutes", schema: { type: "string" } },
};

const ANSWERS = { 200: "Done", 201: "Created", 204: "Deleted", 307: "The bytes are there" } as const;

function requestBodyOf(components: Components, route: Route): object {
  if (route.rawBody) return { requestBody: { content: { "*/*": { schema: {} } } } };
  if (!route.body) return {};
  const schema = components.schemaOf(route.body, "input");
  const required = (schema.required ?? []).length > 0;
  return { requestBody: { required, content: { "application/json": { schema } } } };
}

function operationOf(components: Components, route: Route): object {
  return {
    operationId: route.id,
    summary: route.summary,
    parameters: [
      ...parametersOf(components, route.params, "path"),
      ...parametersOf(components, route.query, "query"),
      ...parametersOf(components, route.headers, "header"),
    ],
    ...requestBodyOf(components, route),
    responses: Object.fromEntries([...answersOf(components, route), ...problemsOf(route)]),
  };
}

/** The OpenAPI 3.1 document, built from the table that serves the requests. */
export function openApiDocument(routes: readonly Route[]): { openapi: string } & Record<string, unknown> {
  const components = new Components();
  for (const schema of [Problem, NewMessage, TopicMessage]) components.schemaOf(schema, "input");
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
