import type { Hono } from "hono";
import type { Engine } from "../../lib/operations/engine.js";

/**
 * Sends a request to our own API, and again for as long as the API says that it may go through later, and there is
 * time.
 */
export async function sendUntil(
  { clock }: Engine,
  app: Hono,
  deadlineMs: number,
  method: string,
  path: string,
  body: string | undefined,
): Promise<Response> {
  for (;;) {
    const answer = await app.request(path, { method, ...(body === undefined ? {} : { body }) });
    const retryAfterMs = Number(answer.headers.get("Retry-After") ?? 0) * 1_000;
    if (retryAfterMs === 0 || clock.nowMs() + retryAfterMs > deadlineMs) return answer;
    await clock.sleep(retryAfterMs);
  }
}
