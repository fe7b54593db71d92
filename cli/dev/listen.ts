import {
  type IncomingMessage,
  STATUS_CODES,
  type Server,
  type ServerResponse,
  createServer,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { systemRandom } from "../../lib/adapters/system/random.js";
import { HeadersTooLarge, RequestTimeout, RequestUnreadable } from "../../lib/http/errors.js";
import { headerOfBytes } from "../../lib/http/headers.js";
import { REQUEST_ID, problemAnswer } from "../../lib/http/problem.js";
import type { EmbeddedBucket } from "./embedded-bucket.js";
import type { ApiAnswer, ApiRequest, App, HeaderField } from "../../lib/http/request.js";

export interface Listening {
  readonly url: string;
  /** Stops the server and ends open long polls. */
  close(): Promise<void>;
}

/** Loopback only, because nothing checks who is calling. */
const HOST = "127.0.0.1";

/** `bucket`: serves uploads beside the API. */
export async function listen(app: App, port: number, bucket?: EmbeddedBucket): Promise<Listening> {
  // By default Node itself answers a request without Host, or with an unknown Expect, and sends no body.
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    if (bucket?.isFor(incoming)) void bucket.serve(incoming, outgoing).catch(() => outgoing.destroy());
    else void app(requestOf(incoming, outgoing)).then((answer) => send(incoming, outgoing, answer));
  });
  server.maxHeadersCount = 0;
  server.on("checkExpectation", (incoming, outgoing) => server.emit("request", incoming, outgoing));
  server.on("connect", (incoming, socket) => {
    void app(requestOf(incoming, socket)).then((answer) => write(socket, answer));
  });
  server.on("clientError", refuse);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const url = `http://${HOST}:${actual}`;
  bucket?.servedAt(url);
  return { url, close: () => closed(server) };
}

/** Takes the path from the request line as it stands: parsing it as a URL would resolve dot segments. */
function requestOf(incoming: IncomingMessage, outgoing: ServerResponse | Duplex): ApiRequest {
  const target = incoming.url ?? "";
  const mark = target.indexOf("?");
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  return {
    method: incoming.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? [] : [...new URLSearchParams(target.slice(mark + 1))],
    headers: headersOf(incoming.rawHeaders),
    // With the default, leaving the loop early destroys the socket, and with it the response.
    body: incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    signal: gone.signal,
  };
}

const headersOf = (raw: readonly string[]): HeaderField[] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [headerOfBytes(name, raw[index + 1] ?? "")] : []));

function send(incoming: IncomingMessage, outgoing: ServerResponse, answer: ApiAnswer): void {
  // Drains the rest of a refused body, which precedes the connection's next request.
  if (!incoming.complete) incoming.resume();
  const { status, headers, body } = answer;
  outgoing.writeHead(status, { ...headers, ...lengthOf(body) });
  outgoing.end(body);
}

const lengthOf = (body: string) => (body === "" ? {} : { "Content-Length": Buffer.byteLength(body) });

/** Answers a request that Node's parser refused. Nothing more can be read from that connection. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const requestId = systemRandom.nonce();
  const answer = problemAnswer(refusalOf(error.code), requestId);
  write(socket, { ...answer, headers: { ...answer.headers, [REQUEST_ID]: requestId } });
}

function refusalOf(code: string | undefined): HeadersTooLarge | RequestTimeout | RequestUnreadable {
  if (code === "HPE_HEADER_OVERFLOW") return new HeadersTooLarge();
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? new RequestTimeout() : new RequestUnreadable();
}

function write(socket: Duplex, { status, headers, body }: ApiAnswer): void {
  const all = { ...headers, Connection: "close", ...lengthOf(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
