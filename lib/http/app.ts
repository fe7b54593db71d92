import { type Context, Hono } from "hono";
import { z } from "zod";
import { SluiceError } from "../domain/errors.js";
import type { Engine } from "../operations/engine.js";
import { parseBody, readBody } from "./body.js";
import { MethodNotAllowed, RouteNotFound } from "./errors.js";
import { invalidRequestOf, problemOf } from "./problem.js";
import type { AppOptions, Route } from "./route.js";
import { routes } from "./routes/index.js";

const DEFAULTS: AppOptions = { requestLimitBytes: 5_500_000, targets: ["pull", "lambda"] };
const REQUEST_ID = "Sluice-Request-Id";
const NO_QUERY = z.strictObject({});

const patternOf = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");

/** The HTTPS API over one engine: every route of the table, and one way to say that something is wrong. */
export function createApp(engine: Engine, options: Partial<AppOptions> = {}): Hono {
  const app = new Hono();
  const all: AppOptions = { ...DEFAULTS, ...options };
  app.use(async (context, next) => {
    const requestId = engine.random.nonce();
    context.set("requestId" as never, requestId as never);
    await next();
    context.header(REQUEST_ID, requestId);
  });
  for (const route of routes) {
    app.on(route.method, patternOf(route.path), (context) => serve(engine, all, route, context));
  }
  app.notFound((context) => problem(engine, context, unknownRoute(context)));
  app.onError((error, context) => problem(engine, context, error));
  return app;
}

async function serve(engine: Engine, options: AppOptions, route: Route, context: Context): Promise<Response> {
  const { raw } = context.req;
  const params = check(route.params, context.req.param(), "path");
  // What sends a raw body is often not ours to change, its query neither.
  const query = route.rawBody ? undefined : check(route.query ?? NO_QUERY, context.req.query(), "query");
  const headers = check(route.headers, sluiceHeaders(raw.headers), "headers");
  const takesBody = route.body !== undefined || route.rawBody === true;
  const bytes = takesBody ? await readBody(raw, options.requestLimitBytes) : new Uint8Array();
  const body = route.body ? check(route.body, parseBody(bytes)) : undefined;
  const request = { params, query, headers, body, options, signal: raw.signal };
  const answer = await route.handle(engine, {
    ...request,
    raw: { bytes, headers: raw.headers },
  });
  const status = answer.status ?? 200;
  if (status === 204) return context.body(null, 204);
  const text = answer.bodyText ?? JSON.stringify(answer.body);
  return context.body(text, status, { "Content-Type": "application/json" });
}

/** @throws {InvalidRequest} with every field that is wrong. */
function check(schema: z.ZodType | undefined, value: unknown, under?: string): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequestOf(parsed.error, under === undefined ? [] : [under]);
}

/** Our own headers, spelled as documents have them: `Sluice-Key`. */
function sluiceHeaders(headers: Headers): Record<string, string> {
  const ours = [...headers].filter(([name]) => name.startsWith("sluice-"));
  return Object.fromEntries(
    ours.map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()), value]),
  );
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

function problem({ telemetry }: Engine, context: Context, error: unknown): Response {
  const requestId = context.get("requestId" as never) as string | undefined;
  const body = problemOf(error, requestId);
  if (body.status >= 500) {
    const fields = { requestId, method: context.req.method, path: context.req.path, error: causesOf(error) };
    telemetry.event("request-failed", "error", { ...fields, ...stackOf(error) });
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

/** Where it happened, if it was none that we know. */
const stackOf = (error: unknown): { readonly stack?: string } =>
  error instanceof Error && !(error instanceof SluiceError) && error.stack ? { stack: error.stack } : {};
