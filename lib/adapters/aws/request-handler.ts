import { NodeHttpHandler, type NodeHttpHandlerOptions } from "@smithy/node-http-handler";
import { Turnstile } from "./turnstile.js";

export interface RequestHandlerOptions {
  /** Calls on the wire at once; a Lambda function has 1,024 file descriptors for all that it does. */
  readonly sockets: number;
  readonly connectTimeoutMs: number;
  /** Until the answer begins. */
  readonly requestTimeoutMs: number;
  /** Between two parts of an answer's body; undefined for answers so small that they come in one. */
  readonly bodyTimeoutMs?: number;
}

/**
 * What every client sends its requests with. The SDK's own time-outs count the wait for a free socket, so that a burst
 * fails without any fault of the service; here a call waits for its socket before its time begins.
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
      // Its socket is free once the body is read, or given up.
      (answer.response.body as NodeJS.ReadableStream).once("close", leave);
      return answer;
    } catch (error) {
      leave();
      throw error;
    }
  }
}
