import type { ApiAnswer, App } from "../../lib/http/request.js";
import type { Engine } from "../../lib/operations/engine.js";

/** Sends a request to our own API. Repeats it while the API says that it may succeed later and there is time. */
export async function sendUntil(
  { clock }: Engine,
  app: App,
  deadlineMs: number,
  method: string,
  path: string,
  body: string | undefined,
): Promise<ApiAnswer> {
  for (;;) {
    const { signal } = new AbortController();
    const content = body === undefined ? {} : { body: [Buffer.from(body)] };
    const answer = await app({ method, path, query: [], headers: [], ...content, signal });
    const retryAfterMs = Number(answer.headers["Retry-After"] ?? 0) * 1_000;
    if (retryAfterMs === 0 || clock.nowMs() + retryAfterMs > deadlineMs) return answer;
    await clock.sleep(retryAfterMs);
  }
}
