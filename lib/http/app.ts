import { type Context, Hono } from "hono";
import type { z } from "zod";
import { InvalidRequest, SluiceError } from "../domain/errors.js";
import type { Instance } from "../operations/instance.js";
import { MethodNotAllowed, RequestTooLarge, RouteNotFound } from "./errors.js";
import { invalidRequestOf, problemOf } from "./problem.js";
import type { Route } from "./route.js";
import { routes } from "./routes/index.js";

/** A function takes a request of 6 MB, its envelope included. */
const REQUEST_LIMIT_BYTES = 5_500_000;
const REQUEST_ID = "Sluice-Request-Id";

const patternOf = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");

/** The HTTPS API over one instance: every route of the table, and one way to say that something is wrong. */
export function createApp(instance: Instance): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const requestId = instance.random.nonce();
    context.set("requestId" as never, requestId as never);
    await next();
    context.header(REQUEST_ID, requestId);
  });
  for (const route of routes) {
    app.on(route.method, patternOf(route.path), (context) => serve(instance, route, context));
  }
  app.notFound((context) => problem(instance, context, unknownRoute(context)));
  app.onError((error, context) => problem(instance, context, error));
  return app;
}

async function serve(instance: Instance, route: Route, context: Context): Promise<Response> {
  const params = check(route.params, context.req.param(), "path");
  const query = check(route.query, context.req.query(), "query");
  checkLength(Number(context.req.header("content-length") ?? 0));
  const body = route.body ? check(route.body, await jsonOf(context)) : undefined;
  const request = { params, query, body, context } as never;
  const answer = await route.handle(instance, request);
  const status = answer.status ?? 200;
  return status === 204 ? context.body(null, 204) : context.json(answer.body as object, status);
}

/** @throws {InvalidRequest} with every field that is wrong. */
function check(schema: z.ZodType | undefined, value: unknown, under?: string): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequestOf(parsed.error, under === undefined ? [] : [under]);
}

function checkLength(sizeBytes: number): void {
  if (sizeBytes > REQUEST_LIMIT_BYTES) throw new RequestTooLarge(sizeBytes, REQUEST_LIMIT_BYTES);
}

async function jsonOf(context: Context): Promise<unknown> {
  const text = await context.req.text();
  checkLength(Buffer.byteLength(text));
  // No body at all says the same as an empty object: every field gets its default.
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidRequest([{ path: "", detail: `the body is no JSON: ${(error as Error).message}` }]);
  }
}

/** A path that is known with another method says which. */
function unknownRoute({ req }: Context): SluiceError {
  const allowed = routes.filter(({ path }) => matches(path, req.path)).map(({ method }) => method);
  return allowed.length > 0
    ? new MethodNotAllowed(req.method, allowed)
    : new RouteNotFound(req.method, req.path);
}

const matches = (path: string, actual: string): boolean =>
  new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`).test(actual);

function problem({ telemetry }: Instance, context: Context, error: unknown): Response {
  const requestId = context.get("requestId" as never) as string | undefined;
  const body = problemOf(error, requestId);
  if (body.status >= 500) {
    const fields = { requestId, method: context.req.method, path: context.req.path, error: causesOf(error) };
    telemetry.event("request-failed", "error", fields);
  }
  const headers: Record<string, string> = { "Content-Type": "application/problem+json" };
  if (requestId !== undefined) headers[REQUEST_ID] = requestId;
  if (error instanceof MethodNotAllowed) headers.Allow = error.allowed.join(", ");
  if (error instanceof SluiceError && error.retryAfterMs !== undefined) {
    headers["Retry-After"] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
  }
  return new Response(JSON.stringify(body), { status: body.status, headers });
}

/** What happened, for the log alone: names and texts of the errors, never a body. */
function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` <- ${causesOf(error.cause)}`;
  return `${error.name}: ${error.message}${cause}`;
}
