import { type LambdaContext, type LambdaEvent, handle } from "hono/aws-lambda";
import { createApp } from "../lib/http/app.js";
import type { Engine } from "../lib/operations/engine.js";
import { awsEngine } from "../lib/aws-engine.js";

type Answer = ReturnType<ReturnType<typeof handle>>;
type Handler = (event: LambdaEvent, context?: LambdaContext) => Promise<Awaited<Answer>>;

let made: Handler | undefined;

/** HTTP API (payload 2.0) and REST API (1.0) alike. */
export const handler: Handler = (event, context) => {
  made ??= handlerFor(awsEngine());
  return made(event, context);
};

/** The API over one engine, with a line of the log for each request. */
export function handlerFor(engine: Engine): Handler {
  const answer = handle(createApp(engine));
  const { clock, telemetry } = engine;
  return async (event, context) => {
    const startedMs = clock.nowMs();
    const result = await answer(event, context);
    const method = "httpMethod" in event ? event.httpMethod : methodOf(event);
    const fields = {
      method,
      path: "rawPath" in event ? event.rawPath : event.path,
      status: result.statusCode,
    };
    telemetry.event("request", "info", { ...fields, tookMs: clock.nowMs() - startedMs });
    return result;
  };
}

const methodOf = (event: Exclude<LambdaEvent, { httpMethod: string }>): string =>
  "method" in event ? event.method : event.requestContext.http.method;
