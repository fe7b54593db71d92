import { SluiceUsageError, shown } from "./errors.js";

/** Credentials for signing requests (SigV4). */
export interface SigningCredentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/**
 * How requests are authorized: not at all (`"none"`), or signed. If the credentials change, pass a function: it is
 * called before each attempt.
 */
export type Auth = "none" | SigningCredentials | (() => Promise<SigningCredentials>);

export interface TransportOptions {
  /** The API's URL: the stack's output `ApiUrl`. */
  readonly apiUrl: string;
  readonly auth: Auth;
  /** The API key by which a REST API counts this caller's requests (docs/endpoint.md). @default none */
  readonly apiKey?: string;
  /** The most times that a request is sent. It is repeated after 429, 502, 503 or 504, or no response. @default 4 */
  readonly attempts?: number;
  /** @default the platform's `fetch` */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Waits before a request is repeated. @default a timer */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** A trace context (W3C) of what goes on where it is called. */
export type TraceContextOf = () =>
  { readonly traceparent?: string; readonly tracestate?: string } | undefined;

export interface SluiceClientOptions extends TransportOptions {
  /**
   * Gives each publish a key of its own, so that none is stored twice when it is repeated after a lost answer. It costs
   * two write units for each slot, and the slot's units once more. @default false
   */
  readonly publishOnce?: boolean;
  /**
   * Asked with each publish: the trace that its messages belong to (docs/features/tracing.md). For OpenTelemetry, a
   * function that injects its active context into an object. @default none
   */
  readonly traceContext?: TraceContextOf;
}

const SIGNING_FIELDS = ["region", "accessKeyId", "secretAccessKey"] as const;

const AUTH_CHOICES =
  'credentials { region, accessKeyId, secretAccessKey, sessionToken }, a function that resolves to them, or "none"';

const API_KEY = /^[!-~]{1,128}$/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** JavaScript callers have no compiler to check these. @throws {SluiceUsageError} */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) {
    throw new SluiceUsageError("SluiceClient takes an object of options: { apiUrl, auth }");
  }
  const { apiUrl, auth, apiKey, attempts, fetch, sleep, publishOnce, traceContext } = options;
  checkApiUrl(apiUrl);
  if (auth === undefined) {
    throw new SluiceUsageError(`the option "auth" is missing: give ${AUTH_CHOICES}`);
  }
  if (auth !== "none" && typeof auth !== "function") checkCredentials(auth);
  // It is a header, and is not shown: whoever sees it can spend what the caller may ask for.
  if (apiKey !== undefined && !(typeof apiKey === "string" && API_KEY.test(apiKey))) {
    throw new SluiceUsageError('the option "apiKey" is not an API key: use printable characters, no spaces');
  }
  if (attempts !== undefined && !(Number.isInteger(attempts) && Number(attempts) >= 1)) {
    throw new SluiceUsageError(
      `the option "attempts" is ${shown(attempts)}: use a whole number of at least 1`,
    );
  }
  if (publishOnce !== undefined && typeof publishOnce !== "boolean") {
    throw new SluiceUsageError(`the option "publishOnce" is ${shown(publishOnce)}: use true or false`);
  }
  for (const [name, value] of Object.entries({ fetch, sleep, traceContext })) {
    if (value !== undefined && typeof value !== "function") {
      throw new SluiceUsageError(`the option "${name}" is not a function`);
    }
  }
}

function checkApiUrl(apiUrl: unknown): void {
  const example = "it looks like https://….execute-api.eu-central-1.amazonaws.com";
  if (apiUrl === undefined || apiUrl === "") {
    throw new SluiceUsageError(`the option "apiUrl" is missing: ${example}`);
  }
  const url = typeof apiUrl === "string" && URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (!isHttp || url.search !== "" || url.hash !== "") {
    throw new SluiceUsageError(`the option "apiUrl" is ${shown(apiUrl)}, not the URL of an API: ${example}`);
  }
}

/** Checks credentials, also those that a function returned. @throws {SluiceUsageError} */
export function checkCredentials(auth: unknown): void {
  if (!isObject(auth)) {
    throw new SluiceUsageError(`the option "auth" is ${shown(auth)}: give ${AUTH_CHOICES}`);
  }
  const missing = SIGNING_FIELDS.filter((name) => typeof auth[name] !== "string" || auth[name] === "");
  if (missing.length > 0) {
    throw new SluiceUsageError(`the option "auth" lacks ${missing.map((name) => `"${name}"`).join(", ")}`);
  }
}

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** A name becomes part of a path, and anything else could lead to another path. @throws {SluiceUsageError} */
export function checkedName(what: "topic" | "subscription" | "schedule", name: unknown): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  throw new SluiceUsageError(
    `${shown(name)} is not a ${what} name: use 1 to 80 characters from A-Z a-z 0-9 _ -`,
  );
}
