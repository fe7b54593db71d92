import { type IncomingHttpHeaders, type RequestListener, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { CERTIFICATE, PRIVATE_KEY } from "./certificate.js";

export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  /** What it got, in order. */
  readonly got: readonly Got[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  /** Closes what is idle, as servers do after a while. */
  readonly closeIdle: () => void;
  readonly close: () => Promise<void>;
}

/** What it does with a request; the body is read already. */
export type Reply = (got: Got, ...rest: Parameters<RequestListener>) => void;

export const replies =
  (status: number, body = "", headers: Record<string, string> = {}): Reply =>
  (_got, _request, response) => {
    response.writeHead(status, headers).end(body);
  };

/** Somebody's endpoint for webhooks on this machine. */
export async function aReceiver(reply: Reply = replies(204), { tls = false } = {}): Promise<Receiver> {
  const got: Got[] = [];
  const listener: RequestListener = (request, response) => {
    void text(request).then(
      (body) => {
        const one = { path: request.url ?? "", headers: request.headers, body };
        got.push(one);
        reply(one, request, response);
      },
      () => undefined,
    );
  };
  const server = tls
    ? createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, listener)
    : createServer(listener);
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    got,
    connections: () => connections,
    closeIdle: () => server.closeIdleConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
