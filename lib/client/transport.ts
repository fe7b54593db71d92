import { AwsClient } from "aws4fetch";
import type { ProblemBody } from "../http/problem.js";

/** What a request is signed with (SigV4). */
export interface SigningCredentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** How requests are let in: signed, with credentials asked for at each request where they change; or not at all. */
export type Auth = "none" | SigningCredentials | (() => Promise<SigningCredentials>);

export interface TransportOptions {
  /** Where the API is, as the stack's output `ApiUrl` says. */
  readonly apiUrl: string;
  readonly auth: Auth;
  /** How often a request is sent at the most while the answer is 429 or 503, or none comes. @default 4 */
  readonly attempts?: number;
  /** @default the platform's */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Waits before a request is sent again. @default a timer */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** The API's answer to a request that it could not carry out; `code` is stable. */
export class SluiceProblem extends Error {
  override readonly name = "SluiceProblem";
  constructor(readonly problem: ProblemBody) {
    super(`${problem.code}: ${problem.detail}`);
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

/** No answer came, to any attempt: it is not known whether the request was carried out. */
export class SluiceUnreachable extends Error {
  override readonly name = "SluiceUnreachable";
  readonly code = "unreachable";
  constructor(apiUrl: string, error: unknown) {
    super(`no answer from ${apiUrl}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Node's fetch says "fetch failed" and keeps the reason to itself. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}

const ATTEMPTS = 4;
const RETRY_FROM_MS = 100;
const RETRY_UP_TO_MS = 5_000;
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);
const DETAIL_CHARACTERS = 500;

/** Sends requests, again where that may help. */
export class Transport {
  readonly #options: Required<TransportOptions>;
  /** Signing keys, good for a day each. */
  readonly #keys = new Map<string, ArrayBuffer>();

  constructor(options: TransportOptions) {
    this.#options = {
      attempts: ATTEMPTS,
      fetch: (request) => fetch(request),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      ...options,
      apiUrl: options.apiUrl.replace(/\/+$/, ""),
    };
  }

  /** @throws {SluiceProblem} {SluiceUnreachable} */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { apiUrl, attempts, fetch: send, sleep } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      const request = await this.#request(method, path, body);
      const response = await send(request).catch((error: unknown) => {
        if (isLast) throw new SluiceUnreachable(apiUrl, error);
        return undefined;
      });
      if (response?.ok) return (response.status === 204 ? undefined : await response.json()) as T;
      if (response && (isLast || !RETRIED_STATUSES.has(response.status))) {
        throw new SluiceProblem(await problemIn(response));
      }
      await sleep(pauseMs(attempt, response?.headers.get("retry-after")));
    }
  }

  async #request(method: string, path: string, body: unknown): Promise<Request> {
    const { apiUrl, auth } = this.#options;
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    if (auth === "none") return new Request(`${apiUrl}${path}`, init);
    const { sessionToken, ...credentials } = typeof auth === "function" ? await auth() : auth;
    const aws = new AwsClient({
      ...credentials,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: "execute-api",
      cache: this.#keys,
    });
    return await aws.sign(`${apiUrl}${path}`, init);
  }
}

/** Doubling, with full jitter, and never sooner than the API asks for, up to a bound. */
function pauseMs(attempt: number, retryAfter: string | null | undefined): number {
  const askedMs = Number(retryAfter ?? 0) * 1_000 || 0;
  const ownMs = Math.random() * RETRY_FROM_MS * 2 ** attempt;
  return Math.min(RETRY_UP_TO_MS, Math.max(askedMs, ownMs));
}

async function problemIn(response: Response): Promise<ProblemBody> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as ProblemBody;
    if (typeof problem.code === "string") return problem;
  } catch {
    // Not from Sluice: API Gateway, or something in between.
  }
  const detail = text.slice(0, DETAIL_CHARACTERS);
  const { status } = response;
  return { type: "about:blank", title: "No answer of Sluice's", status, code: "unexpected-answer", detail };
}
