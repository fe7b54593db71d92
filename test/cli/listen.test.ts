import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { type Socket, connect } from "node:net";
import { gzipSync } from "node:zlib";
import { type Listening, listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import type { ProblemBody } from "../../lib/http/problem.js";
import type { ApiRequest, App } from "../../lib/http/request.js";
import { AUDIT, ORDERS, type Api, anApi } from "../http/an-api.js";
import { UNCLEAN_PATHS } from "../http/paths.js";

let api: Api;
let server: Listening;
/** What the API was asked, in order. */
let asked: ApiRequest[];

/** Serves `app`, and remembers its requests. */
async function served(app: App): Promise<Listening> {
  asked = [];
  return await listen((one) => {
    asked.push(one);
    return app(one);
  }, 0);
}

beforeEach(async () => {
  api = anApi();
  await api.send("PUT", ORDERS, {});
  await api.send("PUT", AUDIT, {});
  server = await served(createApp(api.engine));
});
afterEach(() => server.close());

const portOf = ({ url }: Listening): number => Number(new URL(url).port);

interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

const openSocket = async (): Promise<Socket> => {
  const socket = connect(portOf(server), "127.0.0.1");
  await once(socket, "connect");
  return socket;
};

/** Sends these bytes, and reads until the server closes the connection. */
async function raw(bytes: string | Uint8Array): Promise<RawAnswer> {
  const socket = await openSocket();
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, "close");
  const [head = "", body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body };
}

const withLine = (line: string, headers = "", body = ""): Promise<RawAnswer> =>
  raw(`${line}\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`);

function expectProblem({ status, head, body }: RawAnswer, expected: object): void {
  const problem = JSON.parse(body) as ProblemBody;
  expect(problem).toMatchObject({ status, ...expected });
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(/sluice-request-id: (\S+)/i.exec(head)?.[1]).toBe(problem.requestId);
}

describe("a request line", () => {
  it.each([...UNCLEAN_PATHS, "http://127.0.0.1/v1/health", "*"])(
    "with %j is refused, not read as another path",
    async (path) => {
      const answer = await withLine(`POST ${path} HTTP/1.1`, "Content-Length: 0\r\n");
      expect(answer.status).toBe(400);
      expectProblem(answer, { code: "invalid-request" });
    },
  );

  it("with a query is served by its path", async () => {
    expect(await withLine("GET /v1/topics?limit=1 HTTP/1.1")).toMatchObject({ status: 200 });
    const problem = await withLine("GET /v1/topics?limit=%C3%A9&limit=2 HTTP/1.1");
    expectProblem(problem, { code: "invalid-request", errors: [{ path: "query.limit" }] });
  });

  it.each([
    ["beyond ASCII", "GET /v1/topics/\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "request-unreadable"],
    ["that is not HTTP", "nonsense\r\n\r\n", 400, "request-unreadable"],
    ["with a broken header", "GET /v1/health HTTP/1.1\r\nHost: x\r\na b\r\n\r\n", 400, "request-unreadable"],
    [
      "with a length that is no number",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
      400,
      "request-unreadable",
    ],
    [
      "with headers that are too large",
      `GET /v1/health HTTP/1.1\r\nHost: x\r\na: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "headers-too-large",
    ],
    [
      "with a target that is too large",
      `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      431,
      "headers-too-large",
    ],
    ["CONNECT", "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n", 400, "invalid-request"],
  ])("%s is answered with a problem", async (_, bytes, status, code) => {
    const answer = await raw(bytes);
    expect(answer.status).toBe(status);
    expectProblem(answer, { code });
  });

  it.each([
    ["TRACE /v1/health", "", 405],
    ["OPTIONS /v1/health", "", 405],
    ["GET /v1/health", "Expect: the-unexpected\r\n", 200],
    ["GET /v1/health", "Upgrade: websocket\r\n", 200],
  ])("%s %s is answered by the API", async (line, headers, status) => {
    const answer = await withLine(`${line} HTTP/1.1`, headers);
    expect(answer.status).toBe(status);
    expect(answer.head).toMatch(/sluice-request-id: /i);
  });

  it.each(["GET", "HEAD"])("%s may come with a body, which says nothing", async (method) => {
    const answer = await withLine(`${method} /v1/health HTTP/1.1`, "Content-Length: 2\r\n", "{}");
    expect([answer.status, answer.body]).toEqual([200, method === "GET" ? '{"status":"ok"}' : ""]);
  });
});

describe("a header", () => {
  const publishRaw = (header: string): Promise<RawAnswer> => {
    const head = `POST ${ORDERS}/messages/raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n`;
    return raw(Buffer.concat([Buffer.from(head), Buffer.from(header, "latin1"), Buffer.from("\r\n\r\nx")]));
  };
  const keys = async (): Promise<readonly unknown[]> => {
    const { body } = await api.send("POST", `${AUDIT}/receive`, {});
    return (body as { messages: { key?: string }[] }).messages.map(({ key }) => key);
  };

  it("is UTF-8, so that a key in it is the key that JSON gives", async () => {
    await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1, key: "Zürich €" }] });
    const value = Buffer.from("Zürich €").toString("latin1");
    expect(await publishRaw(`Sluice-Key: ${value}`)).toMatchObject({ status: 200 });
    expect(await keys()).toEqual(["Zürich €", "Zürich €"]);
  });

  it.each([
    ["Latin-1", "Sluice-Key: Z\u00fcrich"],
    ["empty", "Sluice-Key:"],
    ["sent twice", "Sluice-Key: a\r\nsluice-key: b"],
    ["sent twice, the same", "Sluice-Key: a\r\nSluice-Key: a"],
  ])("is refused where it is %s", async (_, header) => {
    expectProblem(await publishRaw(header), { status: 400, errors: [{ path: "headers.Sluice-Key" }] });
    expect(await keys()).toEqual([]);
  });

  it("that the API does not read may be anything", async () => {
    expect(await publishRaw("User-Agent: Z\u00fcrich\r\nAccept: a\r\nAccept: b")).toMatchObject({
      status: 200,
    });
  });
});

describe("a body", () => {
  const send = async (
    body: Buffer,
    headers: Record<string, string>,
  ): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly code: string }> => {
    const sent = request(`${server.url}${ORDERS}/messages`, { method: "POST", headers });
    sent.on("error", () => undefined);
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    let text = "";
    for await (const chunk of answer) text += String(chunk);
    const { code = "" } = JSON.parse(text) as { code?: string };
    return { status: answer.statusCode ?? 0, headers: answer.headers, code };
  };

  it("may be gzip", async () => {
    const body = gzipSync('{"messages":[{"body":1.0}]}');
    expect(await send(body, { "content-encoding": "gzip" })).toMatchObject({ status: 200 });
    expect((await api.send("POST", `${AUDIT}/receive`, {})).text).toContain('"body":1.0}');
  });

  it.each([
    [
      "far too large, unpacked",
      gzipSync(Buffer.alloc(50_000_000)),
      { "content-encoding": "gzip" },
      413,
      "request-too-large",
    ],
    ["not gzip, as it says", Buffer.from("{}"), { "content-encoding": "gzip" }, 400, "invalid-request"],
    [
      "cut off gzip",
      gzipSync("{}".repeat(9_000)).subarray(0, 20),
      { "content-encoding": "gzip" },
      400,
      "invalid-request",
    ],
    ["packed in another way", Buffer.from("{}"), { "content-encoding": "br" }, 415, "encoding-not-supported"],
    ["packed twice", Buffer.from("{}"), { "content-encoding": "gzip, gzip" }, 415, "encoding-not-supported"],
    ["too large", Buffer.alloc(6_000_000), {}, 413, "request-too-large"],
    [
      "too large, and of no known length",
      Buffer.alloc(6_000_000),
      { "transfer-encoding": "chunked" },
      413,
      "request-too-large",
    ],
    [
      "of another charset",
      Buffer.from("{}"),
      { "content-type": "application/json; charset=iso-8859-1" },
      400,
      "invalid-request",
    ],
  ])("is refused where it is %s", async (_, body, headers, status, code) => {
    const answer = await send(body, headers);
    expect(answer).toMatchObject({ status, code });
    if (status === 415) expect(answer.headers["accept-encoding"]).toBe("gzip");
    expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
  });

  it("that breaks off is not logged as our fault", async () => {
    const socket = await openSocket();
    socket.write(`POST ${ORDERS}/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"mess`);
    while (asked.length === 0) await new Promise(setImmediate);
    socket.destroy();
    await new Promise((resolve) => asked[0]?.signal.addEventListener("abort", resolve));
    await fetch(`${server.url}/v1/health`);
    expect(api.telemetry.events).toEqual([]);
  });
});

describe("a long poll", () => {
  const poll = '{"waitSeconds":20}';

  it("hears that its client has left", async () => {
    const socket = await openSocket();
    socket.write(
      `POST ${AUDIT}/receive HTTP/1.1\r\nHost: x\r\nContent-Length: ${poll.length}\r\n\r\n${poll}`,
    );
    while (asked.length === 0) await new Promise(setImmediate);
    const { signal } = asked[0] as ApiRequest;
    expect(signal.aborted).toBe(false);
    socket.destroy();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(signal.aborted).toBe(true);
  });

  it("hears nothing of the kind where it was answered", async () => {
    await fetch(`${server.url}${AUDIT}/receive`, { method: "POST", body: "{}" });
    await server.close();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false]);
    server = await served(createApp(api.engine));
  });
});
