import { headerOfBytes } from "./headers.js";
import type { App } from "./request.js";

/** The API as a `fetch` function, for callers in the same process. A `Request` has already normalised its path. */
export const fetchOf =
  (app: App) =>
  async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const answer = await app({
      method: request.method,
      path: pathname,
      query: [...searchParams],
      headers: [...request.headers].map(([name, value]) => headerOfBytes(name, value)),
      ...(request.body ? { body: request.body as AsyncIterable<Uint8Array> } : {}),
      signal: request.signal,
    });
    const body = answer.body === "" ? null : answer.body;
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
