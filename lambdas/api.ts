import { awsEngine, ownFunctions } from "../lib/aws-engine.js";
import { openUploads } from "../lib/adapters/s3/open-uploads.js";
import { openSegments } from "../lib/adapters/s3/open-segments.js";
import { createApp } from "../lib/http/app.js";
import { REQUEST_ID } from "../lib/http/problem.js";
import { targetPolicyIn } from "../lib/webhooks.js";
import type { AppOptions } from "../lib/http/route.js";
import type { Engine } from "../lib/operations/engine.js";
import { type GatewayEvent, type GatewayResult, requestOf, resultOf } from "./api/gateway.js";

type Handler = (event: GatewayEvent) => Promise<GatewayResult>;

let made: Handler | undefined;

/** Serves an HTTP API (payload format 2.0) and a REST API (1.0). */
export const handler: Handler = (event) => {
  made ??= handlerFor(awsEngine(openSegments, openUploads), {
    ownFunctions: ownFunctions(),
    targetPolicy: targetPolicyIn(),
  });
  return made(event);
};

/** The API over one engine. Logs one line for each request. */
export function handlerFor(engine: Engine, options: Partial<AppOptions> = {}): Handler {
  const app = createApp(engine, options);
  const { clock, telemetry } = engine;
  return async (event) => {
    const startedMs = clock.nowMs();
    const request = requestOf(event);
    const answer = await app(request);
    const { status, headers } = answer;
    const fields = { method: request.method, path: request.path, status, requestId: headers[REQUEST_ID] };
    telemetry.event("request", "info", { ...fields, tookMs: clock.nowMs() - startedMs });
    return resultOf(answer);
  };
}
