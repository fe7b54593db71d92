import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { TargetPolicy } from "../../domain/webhook/target-policy.js";
import { checkedUrl } from "../../domain/webhook/url.js";
import {
  type Agents,
  type LookupAll,
  TargetForbidden,
  agentsFor,
  checkConnected,
  checkedLookup,
} from "./connections.js";

/** How a request ended. */
export type Posted =
  /** `text`: the beginning of the body, unless the status is one of success. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly retryAfter?: string;
      readonly text: string;
    }
  /** Nothing was sent. */
  | { readonly kind: "not-connected" | "forbidden"; readonly error: string }
  /** No answer came; the receiver may have got the request. */
  | { readonly kind: "unanswered"; readonly error: string };

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

export interface PosterOptions {
  readonly policy: TargetPolicy;
  /** @default the system's */
  readonly lookupAll?: LookupAll;
  /** Certificates of authorities, in place of Node's. */
  readonly ca?: string;
  /** @default since the process began */
  readonly nowMs?: () => number;
}

/** The most that is read of an answer that says why it failed. */
const TEXT_LIMIT_BYTES = 1_024;
/** An answer to a delivery that is done is read on to this size, so that its connection can be used again. */
const DRAIN_LIMIT_BYTES = 65_536;
/** Of a kept connection that the receiver closed while it was idle. */
const CLOSED_WHILE_IDLE: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);
/** That it was closed shows within a round trip. Whoever closes it later was at work on the request. */
const CLOSED_BEFORE_MS = 1_000;

class TimedOut extends Error {}
/**
 * The kept connection was closed, as far as can be told before the receiver took the request: it is sent once more, on
 * a new one. A receiver that took it and hung up at once has it twice as one attempt, with the same `webhook-id`. If
 * it dies of the request, it does so on the new connection as well, which is the failure that counts.
 */
class Stale extends Error {}

/** Posts to webhooks, to allowed addresses only. It follows no redirect and keeps no cookie. */
export class Poster {
  readonly #agents: Record<string, Agents> = {};

  readonly #nowMs: () => number;

  constructor(private readonly options: PosterOptions) {
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async post(request: PostRequest): Promise<Posted> {
    const startedAtMs = this.#nowMs();
    const posted = await this.#attempt(request, request.timeoutMs, "kept");
    if (!(posted instanceof Stale)) return posted;
    const tookMs = this.#nowMs() - startedAtMs;
    if (tookMs > CLOSED_BEFORE_MS) return { kind: "unanswered", error: posted.message };
    return (await this.#attempt(request, request.timeoutMs - tookMs, "fresh")) as Posted;
  }

  async #attempt(request: PostRequest, timeoutMs: number, kind: keyof Agents): Promise<Posted | Stale> {
    const { policy, lookupAll, ca } = this.options;
    const checked = checkedUrl(request.url, policy);
    if ("wrong" in checked) return { kind: "forbidden", error: `its URL ${checked.wrong}` };
    const { destination } = checked;
    const { protocol } = new URL(request.url);
    const agents = (this.#agents[protocol] ??= agentsFor(protocol));
    const send = protocol === "http:" ? httpRequest : httpsRequest;
    const sent = send(request.url, {
      method: "POST",
      agent: agents[kind],
      headers: { ...request.headers, "content-length": request.body.length },
      lookup: checkedLookup(policy, destination.port, lookupAll),
      ...(ca === undefined ? {} : { ca }),
    });
    sent.on("socket", (socket) => {
      if (socket.connecting) checkConnected(socket, policy, destination);
    });
    return await ended(sent, request, timeoutMs);
  }

  /** Closes the connections that are kept. */
  close(): void {
    for (const { kept } of Object.values(this.#agents)) kept.destroy();
  }
}

async function ended(
  sent: ClientRequest,
  { body, connectTimeoutMs }: PostRequest,
  timeoutMs: number,
): Promise<Posted | Stale> {
  let isConnected = false;
  const inSeconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
  const connectTimer = setTimeout(() => {
    sent.destroy(new TimedOut(`no connection within ${inSeconds(connectTimeoutMs)}`));
  }, connectTimeoutMs);
  const timer = setTimeout(() => {
    sent.destroy(new TimedOut(`no answer within ${inSeconds(timeoutMs)}`));
  }, timeoutMs);
  const connected = (): void => {
    isConnected = true;
    clearTimeout(connectTimer);
  };
  sent.on("socket", (socket) => {
    if (sent.reusedSocket) connected();
    else socket.once(sent.protocol === "http:" ? "connect" : "secureConnect", connected);
  });
  sent.once("close", () => {
    clearTimeout(connectTimer);
    clearTimeout(timer);
  });
  return await new Promise((resolve) => {
    let hasAnswer = false;
    sent.once("response", (response) => {
      hasAnswer = true;
      void answered(response).then(resolve);
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // What ends an answer's body early changes nothing about its status.
      if (hasAnswer) return;
      const isStale = sent.reusedSocket && CLOSED_WHILE_IDLE.has(error.code);
      resolve(isStale ? new Stale(error.code) : failure(error, isConnected));
    });
    sent.end(body);
  });
}

function failure(error: NodeJS.ErrnoException, isConnected: boolean): Posted {
  if (error instanceof TargetForbidden) return { kind: "forbidden", error: error.message };
  const text = error instanceof TimedOut ? error.message : (error.code ?? error.name);
  return isConnected
    ? { kind: "unanswered", error: text }
    : { kind: "not-connected", error: `cannot be connected to: ${text}` };
}

async function answered(response: IncomingMessage): Promise<Posted> {
  const { statusCode: status = 0, headers } = response;
  const retryAfter = headers["retry-after"];
  const answer = { kind: "answered", status, ...(retryAfter === undefined ? {} : { retryAfter }) } as const;
  if (status >= 200 && status < 300) {
    void beginning(response, DRAIN_LIMIT_BYTES);
    return { ...answer, text: "" };
  }
  return { ...answer, text: (await beginning(response, TEXT_LIMIT_BYTES)).toString("utf8") };
}

/** The first bytes of a body. A longer body is not read to its end, and its connection not used again. */
async function beginning(response: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  await new Promise<void>((resolve) => {
    response.on("data", (part: Buffer) => {
      parts.push(part);
      sizeBytes += part.length;
      if (sizeBytes > limitBytes) response.destroy();
    });
    // It breaks off where a time-out or the receiver ends it: what has come by then is enough.
    response.on("error", () => resolve());
    response.on("close", () => resolve());
    response.on("end", () => resolve());
  });
  return Buffer.concat(parts).subarray(0, limitBytes);
}
