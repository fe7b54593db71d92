import { z } from "zod";
import { InvalidRequest, SluiceError } from "../domain/errors.js";
import { PUBLIC_TARGETS } from "../domain/webhook/target-policy.js";
import type { Engine } from "../operations/engine.js";
import { parseBody, readBody } from "./body.js";
import { given } from "./given.js";
import { headerOf, sluiceHeaders, traceHeaders } from "./headers.js";
import { pathProblem } from "./path.js";
import { PLAIN_WORDS } from "./plain-words.js";
import { REQUEST_ID, invalidRequestOf, problemAnswer } from "./problem.js";
import type { ApiAnswer, ApiRequest, App } from "./request.js";
import type { AppOptions, Route } from "./route.js";
import { type Found, findRoute, findRouteAmong } from "./route-table.js";
import { dataPlaneRoutes } from "./routes/data-plane.js";

const DEFAULTS: AppOptions = {
  requestLimitBytes: 5_500_000,
  targets: ["pull", "lambda", "https"],
  ownFunctions: [],
  targetPolicy: PUBLIC_TARGETS,
  managedSecrets: false,
};
const NO_QUERY = z.strictObject({});

/** The HTTPS API over one engine. All routes share one table and one form of error. */
export function createApp(engine: Engine, options: Partial<AppOptions> = {}): App {
  const all: AppOptions = { ...DEFAULTS, ...options };
  return async (request) => {
    const requestId = engine.random.nonce();
    const answer = await serve(engine, all, request, requestId).catch((error: unknown) =>
      failed(engine, request, requestId, error),
    );
    const body = request.method === "HEAD" ? "" : answer.body;
    return { ...answer, headers: { ...answer.headers, [REQUEST_ID]: requestId }, body };
  };
}

async function serve(
  engine: Engine,
  options: AppOptions,
  request: ApiRequest,
  requestId: string,
): Promise<ApiAnswer> {
  const wrong = pathProblem(request.path);
  if (wrong !== undefined) throw new InvalidRequest([{ path: "path", detail: wrong }]);
  const { route, params } = await routeOf(request);
  const contentType = headerOf(request.headers, "content-type");
  const checked = {
    params: check(route.params, params, "path"),
    // A sender of raw bodies is often a third party's webhook, whose query cannot be changed either.
    query: route.rawBody ? undefined : check(route.query ?? NO_QUERY, queryOf(request), "query"),
    headers: check(
      route.headers,
      { ...sluiceHeaders(request.headers), ...traceHeaders(request.headers) },
      "headers",
    ),
  };
  const takesBody = route.body !== undefined || route.rawBody === true;
  const bytes = takesBody ? await readBody(request, options.requestLimitBytes) : new Uint8Array();
  const answer = await route.handle(engine, {
    ...checked,
    ...bodyOf(route, bytes, contentType),
    raw: { bytes, contentType },
    options,
    requestId,
    ...given({ principal: request.principal, address: request.address }),
    signal: request.signal,
  });
  const status = answer.status ?? 200;
  if (status === 204) return { status, headers: {}, body: "" };
  if (answer.location !== undefined) return { status, headers: { Location: answer.location }, body: "" };
  const body = answer.bodyText ?? JSON.stringify(answer.body);
  return { status, headers: { "Content-Type": "application/json" }, body };
}

async function routeOf({ method, path }: ApiRequest): Promise<Found> {
  const found = findRouteAmong(dataPlaneRoutes, method, path);
  return found ?? findRoute((await import("./routes/index.js")).routes, method, path);
}

function bodyOf(route: Route, bytes: Uint8Array, contentType: string | undefined) {
  if (!route.body) return { body: undefined };
  const { value, source } = parseBody(bytes, contentType, route.keeps);
  if (!route.keeps && source.inexact.length > 0) throw new InvalidRequest(source.inexact);
  return { body: check(route.body, value), source };
}

/** @throws {InvalidRequest} that lists every wrong field. */
function check(schema: z.ZodType | undefined, value: unknown, under?: string): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value, PLAIN_WORDS);
  if (parsed.success) return parsed.data;
  throw invalidRequestOf(parsed.error, under === undefined ? [] : [under]);
}

/** @throws {InvalidRequest} if a name occurs twice, since either value could be meant. */
function queryOf({ query }: ApiRequest): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of query) {
    if (fields.has(name)) throw new InvalidRequest([{ path: `query.${name}`, detail: "is given twice" }]);
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

/** Turns an error into a problem for the caller. Faults on our side are logged as well. */
function failed({ telemetry }: Engine, request: ApiRequest, requestId: string, error: unknown): ApiAnswer {
  const answer = problemAnswer(error, requestId);
  if (answer.status >= 500) {
    const fields = { requestId, method: request.method, path: request.path, error: causesOf(error) };
    telemetry.event("request-failed", "error", { ...fields, ...stackOf(error) });
  }
  return answer;
}

/** For the log only: names and texts of the error and its causes, never a message's body. */
function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` <- ${causesOf(error.cause)}`;
  return `${error.name}: ${error.message}${cause}`;
}

/** Our own errors need no stack: their code and text say where they come from. */
const stackOf = (error: unknown): { readonly stack?: string } =>
  error instanceof Error && !(error instanceof SluiceError) && error.stack ? { stack: error.stack } : {};
