import fc from "fast-check";
import { AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const FIELDS = [
  ...[
    "ordering",
    "partitions",
    "retentionSeconds",
    "paused",
    "description",
    "target",
    "type",
    "functionArn",
    "from",
    "to",
  ],
  ...[
    "time",
    "id",
    "ackDeadlineSeconds",
    "batch",
    "maxMessages",
    "maxBytes",
    "maxConcurrency",
    "rateLimitPerSecond",
    "messages",
    "body",
  ],
  ...[
    "bodyBase64",
    "contentType",
    "key",
    "tag",
    "attributes",
    "businessKey",
    "expiresInSeconds",
    "waitSeconds",
  ],
  ...["results", "receipt", "outcome", "delaySeconds", "error", "__proto__", "constructor", "toString", ""],
];
const VALUES = [
  "none",
  "key",
  "all",
  "pull",
  "lambda",
  "latest",
  "ack",
  "retry",
  "extend",
  "AA==",
  "text/plain",
];

const { value: aValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom<unknown>(...VALUES, null, true, 0, 1, -1, 1.5, 1e300, 16, 3_600),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...FIELDS), tie("value")), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Not the long poll: a clock that nobody moves would have it wait for ever. */
const withoutWait = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "waitSeconds" in value
    ? { ...value, waitSeconds: 0 }
    : value;

const aBody = fc.oneof(
  aValue.map((value) => JSON.stringify(withoutWait(value))),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
);

const ROUTES = [
  ["PUT", ORDERS],
  ["PATCH", ORDERS],
  ["POST", `${ORDERS}/messages`],
  ["POST", `${ORDERS}/messages/raw`],
  ["PUT", AUDIT],
  ["PUT", `${ORDERS}/subscriptions/fresh`],
  ["PATCH", AUDIT],
  ["POST", `${AUDIT}/receive`],
  ["POST", `${AUDIT}/settle`],
  ["POST", `${AUDIT}/seek`],
] as const;

it.each(ROUTES)("%s %s: whatever is sent, it is never our fault", async (method, path) => {
  const api = await anApiWithTopic();
  const types = fc.constantFrom("application/json", "text/plain", "image/png", "", "x");
  await fc.assert(
    fc.asyncProperty(aBody, types, async (body, type) => {
      const { status, body: answer } = await api.send(method, path, body, { "content-type": type });
      expect(status).toBeLessThan(500);
      if (status >= 400) expect(answer).toMatchObject({ status, code: expect.any(String) as string });
    }),
    { numRuns: 300 },
  );
  expect(api.telemetry.events).toEqual([]);
});

it("hands out whatever it took, as it was", async () => {
  const api = await anApiWithTopic();
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (body) => {
      await api.send("POST", `${ORDERS}/messages`, { messages: [{ body }] });
      const { body: answer } = await api.send("POST", `${AUDIT}/receive`, {});
      const [message] = (answer as { messages: { body: unknown; receipt: string }[] }).messages;
      expect(JSON.stringify(message?.body)).toBe(JSON.stringify(body));
      const results = [{ receipt: message?.receipt, outcome: "ack" }];
      expect((await api.send("POST", `${AUDIT}/settle`, { results })).body).toEqual({
        results: [{ status: "ok" }],
      });
    }),
  );
});

it.each(["/v1/topics/", "/v1/topics/orders/", "/"])("any path below %s is answered", async (under) => {
  const api = await anApiWithTopic();
  const methods = fc.constantFrom("GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "HEAD");
  await fc.assert(
    fc.asyncProperty(methods, fc.webPath(), async (method, path) => {
      expect((await api.send(method, `${under}${path}`)).status).toBeLessThan(500);
    }),
  );
  expect(api.telemetry.events).toEqual([]);
});
