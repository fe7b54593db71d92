import fc from "fast-check";
import { handlerFor } from "../../../lambdas/api.js";
import {
  type GatewayEvent,
  type HttpApiEvent,
  type RestApiEvent,
  requestOf,
  resultOf,
} from "../../../lambdas/api/gateway.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { UNCLEAN_PATHS, UNCLEAN_TEXTS } from "../../http/paths.js";
import { anEngine } from "../an-engine.js";

const httpApi = (path: string, more: Partial<HttpApiEvent> = {}): HttpApiEvent => ({
  rawPath: path,
  rawQueryString: "",
  headers: {},
  requestContext: { http: { method: "POST", path } },
  ...more,
});

const restApi = (path: string, more: Partial<RestApiEvent> = {}): RestApiEvent => ({
  httpMethod: "POST",
  path,
  multiValueHeaders: {},
  requestContext: { path: `/prod${path}` },
  ...more,
});

const GATEWAYS: readonly (readonly [string, (path: string) => GatewayEvent])[] = [
  ["an HTTP API", httpApi],
  [
    "an HTTP API with a stage in front",
    (path) => ({ ...httpApi(path), requestContext: { http: { method: "POST", path: `/live${path}` } } }),
  ],
  ["a REST API", restApi],
];

/** Topics `a` and `b`, each with a subscription `audit` and a message that says which topic it is in. */
async function twoTopics(): Promise<Engine> {
  const { engine } = anEngine();
  for (const topic of ["a", "b"]) {
    await putTopic(engine, topic, { partitions: 1 });
    await putSubscription(engine, topic, "audit", {});
    await publish(engine, topic, [{ body: JSON.stringify(topic), contentType: "application/json" }]);
  }
  return engine;
}

describe.each(GATEWAYS)("a path as %s hands it over", (_, eventOf) => {
  it.each([...UNCLEAN_PATHS, ...UNCLEAN_TEXTS])("is refused, not read as another: %j", async (path) => {
    const answer = await handlerFor(await twoTopics())(eventOf(path));
    expect([answer.statusCode, answer.headers["Content-Type"]]).toEqual([400, "application/problem+json"]);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "invalid-request", errors: [{ path: "path" }] });
  });

  it("names the topic that is served, as IAM has matched it", async () => {
    const pieces = [
      "a",
      "b",
      "..",
      ".",
      "/",
      "\\",
      "%2e",
      "%2F",
      "#",
      "?",
      "/v1",
      "topics",
      "/subscriptions/audit/receive",
    ];
    const aPath = fc
      .array(fc.constantFrom(...pieces), { maxLength: 6 })
      .map((parts) => `/v1/topics/${parts.join("")}/subscriptions/audit/receive`);
    await fc.assert(
      fc.asyncProperty(aPath, async (path) => {
        const answer = await handlerFor(await twoTopics())(eventOf(path));
        if (answer.statusCode !== 200) return;
        const { messages } = JSON.parse(answer.body) as { messages: { body: string }[] };
        expect(path).toBe(`/v1/topics/${messages[0]?.body}/subscriptions/audit/receive`);
      }),
      { numRuns: 300, examples: [["/v1/topics/a/subscriptions/audit/receive"]] },
    );
  });
});

it("refuses a path that only one of a gateway's two spellings shows", async () => {
  const event = httpApi("/v1/topics/b", {
    requestContext: { http: { method: "GET", path: "/v1/topics/a/../b" } },
  });
  expect((await handlerFor(await twoTopics())(event)).statusCode).toBe(400);
});

describe("a request", () => {
  it("keeps headers that came twice apart where the gateway does", () => {
    const { headers } = requestOf(restApi("/v1/health", { multiValueHeaders: { "Sluice-Key": ["a", "b"] } }));
    expect(headers).toEqual([
      { name: "sluice-key", value: "a" },
      { name: "sluice-key", value: "b" },
    ]);
  });

  it.each([
    ["UTF-8 that the gateway has read", "Zürich", "Zürich"],
    ["UTF-8 that the gateway shows byte by byte", Buffer.from("Zürich").toString("latin1"), "Zürich"],
    ["beyond Latin-1", "Łódź", "Łódź"],
    ["bytes that the gateway could not read", "Z\ufffdrich", undefined],
  ])("has headers of %s", (_, sent, value) => {
    for (const event of [
      httpApi("/", { headers: { "Sluice-Key": sent } }),
      restApi("/", { multiValueHeaders: { "Sluice-Key": [sent] } }),
    ]) {
      expect(requestOf(event).headers[0]?.value).toBe(value);
    }
  });

  it("has its query, decoded once", () => {
    const query = [
      ["cursor", "a b%"],
      ["limit", "1"],
    ];
    expect(requestOf(httpApi("/", { rawQueryString: "cursor=a+b%25&limit=1" })).query).toEqual(query);
    const lists = { cursor: ["a b%"], limit: ["1"] };
    expect(requestOf(restApi("/", { multiValueQueryStringParameters: lists })).query).toEqual(query);
    const texts = { cursor: "a b%", limit: "1" };
    expect(requestOf(restApi("/", { queryStringParameters: texts })).query).toEqual(query);
  });

  it.each(["GET", "HEAD"])("of %s may have a body, which says nothing", async (method) => {
    const events = [
      httpApi("/v1/health", { body: "{}", requestContext: { http: { method } } }),
      restApi("/v1/health", { body: "{}", httpMethod: method }),
    ];
    for (const event of events) {
      const { statusCode, body } = await handlerFor(anEngine().engine)(event);
      expect([statusCode, body]).toEqual([200, method === "GET" ? '{"status":"ok"}' : ""]);
    }
  });

  it.each(["TRACE", "CONNECT", "OPTIONS", "BREW"])("of %s is answered with a problem", async (method) => {
    const event = httpApi("/v1/health", { requestContext: { http: { method } } });
    const { statusCode, headers, body } = await handlerFor(anEngine().engine)(event);
    expect([statusCode, headers.Allow]).toEqual([405, "GET, HEAD"]);
    expect(JSON.parse(body)).toMatchObject({ requestId: headers["Sluice-Request-Id"] });
  });
});

describe("from where a request came", () => {
  const sourceIp = "192.0.2.7";

  it.each([
    ["an HTTP API", httpApi("/v1/health", { requestContext: { http: { method: "GET", sourceIp } } })],
    ["a REST API", restApi("/v1/health", { requestContext: { identity: { sourceIp } } })],
  ])("is what %s has seen, and nothing else", (_, event) => {
    expect(requestOf(event).address).toBe(sourceIp);
  });

  it.each(GATEWAYS)("is unknown where %s does not say it", (_, eventOf) => {
    expect(requestOf(eventOf("/v1/health"))).not.toHaveProperty("address");
  });
});

describe("an answer", () => {
  const resultWith = (body: string) => resultOf({ status: 200, headers: {}, body });

  it.each([
    ["text", "x".repeat(3_000_000), false],
    ["quotes", '"'.repeat(3_000_000), true],
    ["line breaks", "\n".repeat(3_000_000), true],
    ["little that escapes", `"${"x".repeat(3_000_000)}"`, false],
    ["few bytes", '"""', false],
  ])("of %s goes in the shorter way", (_, body, isBase64Encoded) => {
    const result = resultWith(body);
    expect(result.isBase64Encoded).toBe(isBase64Encoded);
    const sent = Buffer.from(result.body, isBase64Encoded ? "base64" : "utf8").toString();
    expect(sent === body).toBe(true);
  });

  it("is the same bytes, whatever is in it", () => {
    const body = '"é€\u{1f600}'.repeat(200_000);
    const { body: sent, isBase64Encoded } = resultWith(body);
    expect(Buffer.from(sent, isBase64Encoded ? "base64" : "utf8").equals(Buffer.from(body))).toBe(true);
  });
});
