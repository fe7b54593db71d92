import { AwsClient } from "aws4fetch";
import type { ProblemBody } from "../http/problem.js";
import { SluiceProblem, SluiceUnreachable } from "./errors.js";
import { type TransportOptions, checkCredentials, checkOptions } from "./options.js";

const ATTEMPTS = 4;
const RETRY_FROM_MS = 100;
const RETRY_UP_TO_MS = 5_000;
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);
const REDIRECT_STATUS = 307;
const UNEXPECTED_STATUS = 502;
const EXISTS_STATUS = 412;
const SERVER_STATUS = 500;
const DETAIL_CHARACTERS = 500;

interface Answer {
  readonly isOk: boolean;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
  /** Where the answer is, if it is elsewhere. */
  readonly location: string | null;
}

/** What one request does differently. */
export interface RequestOptions {
  /** Gives up as soon as it aborts. The API may carry the request out all the same. */
  readonly signal?: AbortSignal;
  /** @default the transport's */
  readonly attempts?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests, and repeats them where that may help. */
export class Transport {
  readonly #options: Required<Omit<TransportOptions, "apiKey">> & Pick<TransportOptions, "apiKey">;
  /** Signing keys; each is valid for a day. */
  readonly #keys = new Map<string, ArrayBuffer>();

  /** @throws {SluiceUsageError} */
  constructor(options: TransportOptions) {
    checkOptions(options);
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.#options = {
      attempts: ATTEMPTS,
      fetch: (request) => fetch(request),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      ...(Object.fromEntries(given) as unknown as TransportOptions),
      apiUrl: options.apiUrl.replace(/\/+$/, ""),
    };
  }

  /** Returns the response's text. @throws {SluiceProblem} {SluiceUnreachable} {SluiceUsageError} */
  async request(method: string, path: string, body?: string, options: RequestOptions = {}): Promise<string> {
    return (await this.#answer(method, path, body, options)).text;
  }

  /** Where the API says that something is. @throws {SluiceProblem} {SluiceUnreachable} {SluiceUsageError} */
  async locate(path: string): Promise<string> {
    const { location } = await this.#answer("GET", path, undefined, {});
    if (location === null) throw new SluiceProblem(problemIn("", UNEXPECTED_STATUS), undefined);
    return location;
  }

  async #answer(
    method: string,
    path: string,
    body: string | undefined,
    options: RequestOptions,
  ): Promise<Answer> {
    const { sleep } = this.#options;
    const { signal, attempts = this.#options.attempts } = options;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts || signal?.aborted === true;
      const answer = await this.#attempt(await this.#request(method, path, body, options), isLast);
      if (answer?.isOk) return answer;
      if (answer && (isLast || !RETRIED_STATUSES.has(answer.status))) {
        throw new SluiceProblem(problemIn(answer.text, answer.status), secondsIn(answer.retryAfter));
      }
      await sleep(pauseMs(attempt, answer?.retryAfter));
    }
  }

  /** Undefined if no complete response came; on the last attempt it throws instead. */
  async #attempt(request: Request, isLast: boolean): Promise<Answer | undefined> {
    const { apiUrl, fetch: send } = this.#options;
    try {
      const response = await send(request);
      const { status, headers } = response;
      const location = status === REDIRECT_STATUS ? headers.get("location") : null;
      const isOk = response.ok || location !== null;
      return { isOk, status, retryAfter: headers.get("retry-after"), text: await response.text(), location };
    } catch (error) {
      if (isLast) throw new SluiceUnreachable(apiUrl, error);
      return undefined;
    }
  }

  /**
   * Sends bytes to a URL that the API has signed. What was there before was put by an earlier attempt.
   * @throws {SluiceProblem} {SluiceUnreachable}
   */
  async put(
    url: string,
    headers: Readonly<Record<string, string>>,
    open: () => AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await this.#elsewhere(url, () => {
      const body = ReadableStream.from<Uint8Array>(open());
      return new Request(url, { method: "PUT", headers: { ...headers }, body, duplex: "half" });
    });
  }

  /** The bytes at a URL that the API has signed. @throws {SluiceProblem} {SluiceUnreachable} */
  async get(url: string): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#elsewhere(url, () => new Request(url));
    return body ?? new ReadableStream({ start: (controller) => controller.close() });
  }

  /** A request to the bucket, signed by its URL alone. */
  async #elsewhere(url: string, request: () => Request): Promise<Response> {
    const { attempts, fetch: send, sleep } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const outcome = await send(request()).catch((error: unknown) => ({ error }));
      const isLast = attempt >= attempts;
      if ("error" in outcome) {
        if (isLast) throw new SluiceUnreachable(new URL(url).origin, outcome.error);
      } else if (outcome.ok || (outcome.status === EXISTS_STATUS && attempt > 1)) {
        return outcome;
      } else if (isLast || (outcome.status < SERVER_STATUS && !RETRIED_STATUSES.has(outcome.status))) {
        throw new SluiceProblem(problemIn(await outcome.text(), outcome.status), undefined);
      }
      await sleep(pauseMs(attempt, undefined));
    }
  }

  async #request(
    method: string,
    path: string,
    body: string | undefined,
    { signal, headers }: RequestOptions,
  ): Promise<Request> {
    const { apiUrl, auth, apiKey } = this.#options;
    const init: RequestInit = {
      method,
      // Where a body lies is signed by itself: this signature and the API's key are not for the bucket.
      redirect: "manual",
      headers: {
        ...headers,
        ...(apiKey === undefined ? {} : { "x-api-key": apiKey }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { body }),
    };
    if (auth === "none") return new Request(`${apiUrl}${path}`, init);
    const credentials = typeof auth === "function" ? await auth() : auth;
    checkCredentials(credentials);
    const { region, accessKeyId, secretAccessKey, sessionToken } = credentials;
    const aws = new AwsClient({
      region,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: "execute-api",
      cache: this.#keys,
    });
    return await aws.sign(`${apiUrl}${path}`, init);
  }
}

/** A random pause that doubles with each attempt, and is at least as long as the API asks for, up to a limit. */
function pauseMs(attempt: number, retryAfter: string | null | undefined): number {
  const askedMs = (secondsIn(retryAfter) ?? 0) * 1_000;
  const ownMs = Math.random() * RETRY_FROM_MS * 2 ** attempt;
  return Math.min(RETRY_UP_TO_MS, Math.max(askedMs, ownMs));
}

/** A date, as gateways may send it, counts as nothing. */
const secondsIn = (retryAfter: string | null | undefined): number | undefined =>
  Number(retryAfter ?? 0) || undefined;

/** The problem in a response; for one that is not from Sluice, a problem that quotes it. */
export function problemIn(text: string, status: number): ProblemBody {
  try {
    const problem = JSON.parse(text) as ProblemBody;
    if (typeof problem.code === "string") return problem;
  } catch {
    // The response is from API Gateway, or from something in between.
  }
  const detail = text.slice(0, DETAIL_CHARACTERS);
  return {
    type: "about:blank",
    title: "Not an answer from Sluice",
    status,
    code: "unexpected-answer",
    detail,
  };
}
