import { NodeHttpHandler, type NodeHttpHandlerOptions } from "@smithy/node-http-handler";
import { Turnstile } from "./turnstile.js";

export interface RequestHandlerOptions {
  /** Requests in flight at once. A Lambda function has 1,024 file descriptors for everything that it does. */
  readonly sockets: number;
  readonly connectTimeoutMs: number;
  /** Until the response begins. */
  readonly requestTimeoutMs: number;
  /** Between two parts of a response's body; leave it out for responses that arrive in one part. */
  readonly bodyTimeoutMs?: number;
}

/**
 * The HTTP handler of every AWS client. The SDK's own time-outs include the wait for a free socket, so a burst of calls
 * fails although the service is well. Here a call's time begins once it has a socket.
 */
export function requestHandler(options: RequestHandlerOptions): NodeHttpHandler {
  const { sockets, connectTimeoutMs, requestTimeoutMs, bodyTimeoutMs } = options;
  const agent = { maxSockets: sockets, keepAlive: true };
  return new WaitingHandler(sockets, {
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
    ...(bodyTimeoutMs === undefined ? {} : { socketTimeout: bodyTimeoutMs }),
  });
}

type Handle = NodeHttpHandler["handle"];

class WaitingHandler extends NodeHttpHandler {
  readonly #turnstile: Turnstile;

  constructor(sockets: number, options: NodeHttpHandlerOptions) {
    super(options);
    this.#turnstile = new Turnstile(sockets);
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const leave = await this.#turnstile.enter(options?.abortSignal as AbortSignal | undefined);
    try {
      const answer = await super.handle(request, options);
      // The socket is free once the body was read or dropped.
      (answer.response.body as NodeJS.ReadableStream).once("close", leave);
      return answer;
    } catch (error) {
      leave();
      throw error;
    }
  }
}
