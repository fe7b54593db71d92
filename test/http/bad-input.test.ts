import { AUDIT, ORDERS, anApi, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${ORDERS}/messages`;
const LAMBDA = { type: "lambda", functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship" };

type Row = readonly [what: string, body: unknown, path: string];

/** Every wrong body gets the same kind of answer: 400, the code, and the path of the field. */
function refuses(method: string, path: string, rows: readonly Row[]): void {
  it.each(rows)(`refuses ${method} with %s`, async (_, body, field) => {
    const api = await anApiWithTopic();
    const problem = await api.problem(method, path, body, { "content-type": "application/json" });
    expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
    expect(problem.errors?.map((error) => error.path)).toContain(field);
    for (const { detail } of problem.errors ?? []) expect(detail).not.toBe("");
    expect(api.telemetry.events).toEqual([]);
  });
}

describe("Sluice's own functions", () => {
  const own = (suffix: string) => ({
    target: {
      type: "lambda",
      functionArn: `arn:aws:lambda:eu-central-1:123456789012:function:Queue-Pump${suffix}`,
    },
  });

  it.each(["", ":live", ":7", ":$LATEST"])(
    "are no target of a subscription: …Queue-Pump%s",
    async (suffix) => {
      const api = await anApiWithTopic({ app: { ownFunctions: ["Queue-Api", "Queue-Pump"] } });
      const expected = { status: 400, errors: [{ path: "target.functionArn" }] };
      expect(await api.problem("PUT", `${ORDERS}/subscriptions/ship`, own(suffix))).toMatchObject(expected);
      await api.send("PUT", `${ORDERS}/subscriptions/ship`, { target: LAMBDA });
      expect(await api.problem("PATCH", `${ORDERS}/subscriptions/ship`, own(suffix))).toMatchObject(expected);
    },
  );

  it("are told from those of another queue, and from those of its users", async () => {
    const api = await anApiWithTopic({ app: { ownFunctions: ["Queue-Pump"] } });
    const { status } = await api.send("PUT", `${ORDERS}/subscriptions/ship`, own("s"));
    expect(status).toBe(201);
  });

  it.each(["Queue-Pump", "123456789012:function:Queue-Pump", "function:Queue-Pump"])(
    "are not named in part: %s",
    async (functionArn) => {
      const api = await anApiWithTopic();
      const problem = await api.problem("PUT", `${ORDERS}/subscriptions/ship`, {
        target: { type: "lambda", functionArn },
      });
      expect(problem).toMatchObject({ errors: [{ path: "target.functionArn" }] });
    },
  );
});

const NO_OBJECT: readonly Row[] = [
  ["a body that is no JSON", "{", ""],
  ["a body that is no object", "[]", ""],
  ["a body that is no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), ""],
  ["null", "null", ""],
];

describe("a topic", () => {
  const settings: readonly Row[] = [
    ["an unknown ordering", { ordering: "strict" }, "ordering"],
    ["no partition", { partitions: 0 }, "partitions"],
    ["too many partitions", { partitions: 257 }, "partitions"],
    ["half a partition", { partitions: 1.5 }, "partitions"],
    ["partitions as text", { partitions: "16" }, "partitions"],
    ["too short a retention", { retentionSeconds: 3_599 }, "retentionSeconds"],
    ["too long a retention", { retentionSeconds: 31_536_001 }, "retentionSeconds"],
    ["an unknown pause", { paused: true }, "paused"],
    ["a description that is too long", { description: "x".repeat(1_001) }, "description"],
    ["a description that is half a character", '{"description":"\\ud83d"}', "description"],
    ["a negative window", { dedupWindowSeconds: -1 }, "dedupWindowSeconds"],
    ["a window of more than a week", { dedupWindowSeconds: 604_801 }, "dedupWindowSeconds"],
    ["a schema that is no object", { schema: true }, "schema"],
    ["an unknown field", { colour: "red" }, "colour"],
    ["a field of the prototype", '{"__proto__":{"partitions":1}}', "__proto__"],
  ];
  refuses("PUT", ORDERS, [...NO_OBJECT, ...settings]);
  refuses("PATCH", ORDERS, [...NO_OBJECT, ...settings]);

  it.each(["a".repeat(81), "a.b", "a:b", "-."])("has no name such as %j", async (name) => {
    const problem = await anApi().problem("PUT", `/v1/topics/${name}`, {});
    expect(problem).toMatchObject({ code: "invalid-request", errors: [{ path: "path.topic" }] });
  });

  it.each([
    ["limit=0", "query.limit"],
    ["limit=101", "query.limit"],
    ["limit=many", "query.limit"],
    ["limit=", "query.limit"],
    ["limit=1e1", "query.limit"],
    ["limit=0x10", "query.limit"],
    ["limit=1&limit=2", "query.limit"],
    ["cursor=none-of-ours", "query.cursor"],
    ["cursor=%00", "query.cursor"],
    ["colour=red", "query.colour"],
  ])("is not listed by %s", async (query, path) => {
    const api = await anApiWithTopic();
    for (const list of ["/v1/topics", `${ORDERS}/subscriptions`]) {
      expect(await api.problem("GET", `${list}?${query}`)).toMatchObject({ status: 400, errors: [{ path }] });
    }
  });

  it("is not read with a query that means nothing", async () => {
    const api = await anApiWithTopic();
    expect(await api.problem("GET", `${ORDERS}?fields=all`)).toMatchObject({
      errors: [{ path: "query.fields" }],
    });
  });
});

describe("a subscription", () => {
  const settings: readonly Row[] = [
    ["a target that is no object", { target: "pull" }, "target"],
    ["an unknown target", { target: { type: "sqs" } }, "target.type"],
    [
      "an https target that is not https",
      { target: { type: "https", url: "http://example.com" } },
      "target.url",
    ],
    ["an https target without a URL", { target: { type: "https" } }, "target.url"],
    ["a target with unknown fields", { target: { type: "pull", url: "x" } }, "target.url"],
    ["a function that is none", { target: { type: "lambda", functionArn: "ship" } }, "target.functionArn"],
    ["no function", { target: { type: "lambda" } }, "target.functionArn"],
    ["too short a deadline", { ackDeadlineSeconds: 0 }, "ackDeadlineSeconds"],
    ["too long a deadline", { ackDeadlineSeconds: 43_201 }, "ackDeadlineSeconds"],
    ["an empty batch", { batch: { maxMessages: 0 } }, "batch.maxMessages"],
    ["too large a batch", { batch: { maxMessages: 1_001 } }, "batch.maxMessages"],
    ["too small a batch", { batch: { maxBytes: 1 } }, "batch.maxBytes"],
    ["a window for those who ask", { batch: { windowSeconds: 1 } }, "batch.windowSeconds"],
    ["too long a window", { batch: { windowSeconds: 301 } }, "batch.windowSeconds"],
    ["a window of part of a second", { batch: { windowSeconds: 0.5 } }, "batch.windowSeconds"],
    ["an unknown field of the batch", { batch: { size: 1 } }, "batch.size"],
    ["no concurrency", { maxConcurrency: 0 }, "maxConcurrency"],
    ["too much concurrency", { maxConcurrency: 1_001 }, "maxConcurrency"],
    ["a pause that is no boolean", { paused: "none" }, "paused"],
    ["a filter that is not an object", { filter: "created" }, "filter"],
    ["an empty filter", { filter: {} }, "filter"],
    ["a filter that cannot match", { filter: { key: [5] } }, "filter.key[0]"],
    [
      "what EventBridge refuses",
      { filter: { body: { a: [{ wildcard: "**" }] } } },
      "filter.body.a[0].wildcard",
    ],
    ["too long a filter", { filter: { tag: ["x".repeat(4_096)] } }, "filter"],
    ["no attempt", { retry: { maxAttempts: 0 } }, "retry.maxAttempts"],
    ["too many attempts", { retry: { maxAttempts: 1_001 } }, "retry.maxAttempts"],
    ["no backoff", { retry: { minBackoffSeconds: 0 } }, "retry.minBackoffSeconds"],
    ["a backoff of more than a day", { retry: { maxBackoffSeconds: 86_401 } }, "retry.maxBackoffSeconds"],
    [
      "bounds that exclude each other",
      { retry: { minBackoffSeconds: 60, maxBackoffSeconds: 5 } },
      "retry.minBackoffSeconds",
    ],
    ["a bound below the default one", { retry: { minBackoffSeconds: 3_601 } }, "retry.minBackoffSeconds"],
    ["an unknown jitter", { retry: { jitter: "half" } }, "retry.jitter"],
    ["a wait of part of a second", { retry: { scheduleSeconds: [5, 0.5] } }, "retry.scheduleSeconds[1]"],
    ["too long a schedule", { retry: { scheduleSeconds: Array(51).fill(1) } }, "retry.scheduleSeconds"],
    ["an unknown field of the retries", { retry: { times: 3 } }, "retry.times"],
    ["a rate limit for those who ask", { rateLimitPerSecond: 5 }, "rateLimitPerSecond"],
    ["too low a rate", { rateLimitPerSecond: 0.05 }, "rateLimitPerSecond"],
    ["too high a rate", { rateLimitPerSecond: 10_001 }, "rateLimitPerSecond"],
    ["dead letters for a second", { deadLetter: { retentionSeconds: 1 } }, "deadLetter.retentionSeconds"],
    [
      "a key that is to hold in no order",
      { deadLetter: { onDeadLetter: "hold" } },
      "deadLetter.onDeadLetter",
    ],
    ["an unknown fate of a key", { deadLetter: { onDeadLetter: "keep" } }, "deadLetter.onDeadLetter"],
    ["an unknown field", { colour: "red" }, "colour"],
  ];
  refuses("PUT", AUDIT, [...NO_OBJECT, ...settings]);
  refuses("PATCH", AUDIT, [...NO_OBJECT, ...settings, ["a start", { from: "earliest" }, "from"]]);
  refuses("PUT", `${ORDERS}/subscriptions/fresh`, [
    ["an unknown start", { from: "middle" }, "from"],
    ["a start without a place", { from: {} }, "from"],
    ["a start with two places", { from: { time: "2026-08-01T00:00:00Z", id: "x" } }, "from"],
    ["a time that is none", { from: { time: "yesterday" } }, "from.time"],
    ["a time in the future", { from: { time: "2099-01-01T00:00:00Z" } }, "from.time"],
    ["a day that is none", { from: { time: "2026-02-30T00:00:00Z" } }, "from.time"],
    ["an id that is none", { from: { id: "7" } }, "from.id"],
    ["an id of another topic", { from: { id: "carts.xxxxxxxxxx.0.0" } }, "from.id"],
    ["an id of an earlier life of the topic", { from: { id: "orders.xxxxxxxxxx.0.0" } }, "from.id"],
  ]);

  refuses("POST", `${AUDIT}/seek`, [
    ...NO_OBJECT,
    ["no place", {}, "to"],
    ["an unknown place", { to: "middle" }, "to"],
    ["a place that says nothing", { to: {} }, "to"],
    ["two places", { to: { time: "2026-08-01T00:00:00Z", id: "x" } }, "to"],
    ["a time that is none", { to: { time: "yesterday" } }, "to.time"],
    ["a time in the future", { to: { time: "2099-01-01T00:00:00Z" } }, "to.time"],
    ["an id that is none", { to: { id: "7" } }, "to.id"],
    ["an id of another topic", { to: { id: "carts.xxxxxxxxxx.0.0" } }, "to.id"],
    ["a place to start at", { from: "earliest" }, "from"],
    ["an unknown field", { to: "earliest", colour: "red" }, "colour"],
  ]);

  it("names every field that is wrong at once", async () => {
    const body = { maxConcurrency: 0, colour: "red", batch: { maxBytes: 1, size: 2 } };
    const paths = (await anApi().problem("PUT", AUDIT, body)).errors?.map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(["maxConcurrency", "colour", "batch.maxBytes", "batch.size"]));
  });

  it("of a kind that this process cannot deliver to is refused", async () => {
    const api = await anApiWithTopic({ app: { targets: ["pull"] } });
    const refused = { code: "invalid-request", errors: [{ path: "target.type" }] };
    expect(await api.problem("PUT", `${ORDERS}/subscriptions/ship`, { target: LAMBDA })).toMatchObject(
      refused,
    );
    expect(await api.problem("PATCH", AUDIT, { target: LAMBDA })).toMatchObject(refused);
  });
});

describe("a request to publish", () => {
  refuses("POST", MESSAGES, [
    ...NO_OBJECT,
    ["no body at all", "", "messages"],
    ["no messages", { messages: [] }, "messages"],
    ["messages that are no list", { messages: {} }, "messages"],
    ["too many messages", { messages: Array.from({ length: 1_001 }, () => ({ body: 1 })) }, "messages"],
    ["an unknown field", { messages: [{ body: 1 }], topic: "orders" }, "topic"],
  ]);
});

describe("a request to receive", () => {
  refuses("POST", `${AUDIT}/receive`, [
    ...NO_OBJECT,
    ["no message", { maxMessages: 0 }, "maxMessages"],
    ["too many messages", { maxMessages: 1_001 }, "maxMessages"],
    ["too long a wait", { waitSeconds: 21 }, "waitSeconds"],
    ["a wait that went by", { waitSeconds: -1 }, "waitSeconds"],
    ["too short a deadline", { ackDeadlineSeconds: 0 }, "ackDeadlineSeconds"],
    ["too long a deadline", { ackDeadlineSeconds: 43_201 }, "ackDeadlineSeconds"],
    ["an unknown field", { max: 1 }, "max"],
  ]);
});

describe("a request to settle", () => {
  const one = (settlement: unknown) => ({ results: [settlement] });
  refuses("POST", `${AUDIT}/settle`, [
    ...NO_OBJECT,
    ["no results", {}, "results"],
    ["empty results", { results: [] }, "results"],
    ["too many results", { results: Array.from({ length: 1_001 }, () => ({})) }, "results"],
    ["a result that is none", one(7), "results[0]"],
    ["no receipt", one({ outcome: "ack" }), "results[0].receipt"],
    ["an empty receipt", one({ receipt: "", outcome: "ack" }), "results[0].receipt"],
    ["a receipt that is too long", one({ receipt: "x".repeat(2_049), outcome: "ack" }), "results[0].receipt"],
    ["no outcome", one({ receipt: "x" }), "results[0].outcome"],
    ["an unknown outcome", one({ receipt: "x", outcome: "nack" }), "results[0].outcome"],
    [
      "a delay of a rejection",
      one({ receipt: "x", outcome: "reject", delaySeconds: 1 }),
      "results[0].delaySeconds",
    ],
    ["a delay of an ack", one({ receipt: "x", outcome: "ack", delaySeconds: 1 }), "results[0].delaySeconds"],
    [
      "too long a delay",
      one({ receipt: "x", outcome: "retry", delaySeconds: 43_201 }),
      "results[0].delaySeconds",
    ],
    [
      "an error that is too long",
      one({ receipt: "x", outcome: "retry", error: "x".repeat(1_025) }),
      "results[0].error",
    ],
    ["an extension to nowhere", one({ receipt: "x", outcome: "extend" }), "results[0].ackDeadlineSeconds"],
    ["an unknown field", one({ receipt: "x", outcome: "ack", id: "x" }), "results[0].id"],
  ]);
});
