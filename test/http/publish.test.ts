import { type Api, AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${ORDERS}/messages`;

interface Result {
  readonly id?: string;
  readonly publishedAt?: string;
  readonly error?: { readonly code: string; readonly errors?: readonly { readonly path: string }[] };
}

const publish = async (
  api: Api,
  ...messages: readonly unknown[]
): Promise<{ messages: Result[]; failed?: number }> => (await api.send("POST", MESSAGES, { messages })).body;

const stored = async (api: Api): Promise<readonly Record<string, unknown>[]> =>
  (await received(api)).map(({ id: _, receipt: __, ...message }) => message);

const received = async (api: Api): Promise<readonly Record<string, unknown>[]> =>
  (
    (await api.send("POST", `${AUDIT}/receive`, { maxMessages: 1_000 })).body as {
      messages: Record<string, unknown>[];
    }
  ).messages;

const HANDED = {
  attempt: 1,
  publishedAt: "2026-08-01T00:00:00.000Z",
  firstReceivedAt: "2026-08-01T00:00:00.000Z",
};

describe("a request with a key", () => {
  const keyed = (api: Api, key: string, messages: readonly unknown[]) =>
    api.send("POST", MESSAGES, { messages }, { "idempotency-key": key });

  it("is stored once, and answered as it was first", async () => {
    const api = await anApiWithTopic();
    const messages = [{ body: 1 }, { body: 2, tag: "two words" }, { body: 3, delaySeconds: 60 }];
    const first = await keyed(api, "import-1", messages);
    const again = await keyed(api, "import-1", messages);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(first.body).toMatchObject({ failed: 1 });
    expect(await received(api)).toHaveLength(1);
  });

  it("is refused where another request had the key, and not in another topic", async () => {
    const api = await anApiWithTopic();
    await keyed(api, "import-1", [{ body: 1 }]);
    const { status, body } = await keyed(api, "import-1", [{ body: 2 }]);
    expect([status, (body as { code: string }).code]).toEqual([422, "idempotency-key-reused"]);
    expect(await received(api)).toHaveLength(1);
    await api.send("PUT", "/v1/topics/carts", {});
    const elsewhere = { "idempotency-key": "import-1" };
    const other = await api.send("POST", "/v1/topics/carts/messages", { messages: [{ body: 2 }] }, elsewhere);
    expect(other.status).toBe(200);
  });

  it.each(["", "k".repeat(129)])("needs 1 to 128 characters: %j", async (key) => {
    const api = await anApiWithTopic();
    const problem = await api.problem(
      "POST",
      MESSAGES,
      { messages: [{ body: 1 }] },
      { "idempotency-key": key },
    );
    expect(problem).toMatchObject({ status: 400, errors: [{ path: "headers.Idempotency-Key" }] });
  });
});

describe("a message with a dedupId", () => {
  it("is stored once, and its repeats are answered with its id, in one request and in later ones", async () => {
    // GIVEN
    const api = await anApiWithTopic();
    const [one, same, other] = ["one", "same", "other"].map((body) => ({
      body,
      dedupId: body[0] === "o" ? body : "one",
    }));
    // WHEN
    const first = await publish(api, one, same, { body: "free" }, other);
    const second = await publish(api, { body: "new", dedupId: "new" }, other);
    // THEN
    const [id, again, free, last] = first.messages;
    expect(again).toEqual({ ...id, deduplicated: true });
    expect([id, free, last].map((result) => result && "deduplicated" in result)).toEqual([
      false,
      false,
      false,
    ]);
    expect(second.messages[1]).toEqual({ ...last, deduplicated: true });
    expect(second.failed).toBeUndefined();
    const bodies = (await received(api)).map(({ body, dedupId }) => [body, dedupId]);
    expect(new Set(bodies.map(([body]) => body))).toEqual(new Set(["one", "free", "other", "new"]));
    expect(bodies.find(([body]) => body === "one")).toEqual(["one", "one"]);
  });

  it("is one of a thousand of one request, each with an id of its own", async () => {
    const api = await anApiWithTopic();
    const all = Array.from({ length: 1_000 }, (_, at) => ({ body: at, dedupId: `${at}` }));
    const first = await publish(api, ...all);
    const again = await publish(api, ...all);
    expect(first.failed).toBeUndefined();
    expect(again.messages).toEqual(first.messages.map((result) => ({ ...result, deduplicated: true })));
    expect(await received(api)).toHaveLength(1_000);
  });

  it("is known by what was delayed, and the other way round", async () => {
    const api = await anApiWithTopic();
    const delayed = (body: string, dedupId: string) => ({ body, dedupId, delaySeconds: 60 });
    const { messages } = await publish(api, delayed("a", "a"), { body: "b", dedupId: "b" });
    const again = await publish(api, { body: "a", dedupId: "a" }, delayed("b", "b"), delayed("c", "a"));
    const [a, b] = messages.map((result) => ({ ...result, deduplicated: true }));
    expect(again.messages).toEqual([a, b, a]);
    expect((await received(api)).map(({ body }) => body)).toEqual(["b"]);
  });

  it("needs a key, where its topic asks for one, and claims nothing without", async () => {
    const api = await anApiWithTopic({}, { ordering: "key" });
    const { messages } = await publish(api, { body: 1, dedupId: "a" }, { body: 2, dedupId: "a", key: "k" });
    expect(messages[0]?.error?.code).toBe("invalid-request");
    expect(messages[1]).toEqual({ id: expect.any(String) as string, publishedAt: HANDED.publishedAt });
  });
});

describe("a batch", () => {
  it("is stored in the order sent, with all that was said of each message", async () => {
    const api = await anApiWithTopic();
    const all = {
      body: { orderId: 7, items: [null, true, "ü", 1.5] },
      key: "order-7",
      tag: "created",
      attributes: { region: "eu", amount: 12.5, isGift: false },
      businessKey: "7",
    };
    const { messages, failed } = await publish(api, all, { body: null }, { body: "text" });
    expect(failed).toBeUndefined();
    expect(messages.map(({ publishedAt }) => publishedAt)).toEqual(Array(3).fill(HANDED.publishedAt));
    expect(await received(api)).toMatchObject([
      { id: messages[0]?.id, ...all, ...HANDED, contentType: "application/json" },
      { id: messages[1]?.id, body: null },
      { id: messages[2]?.id, body: "text", contentType: "application/json" },
    ]);
  });

  it("keeps bytes with their type", async () => {
    const api = await anApiWithTopic();
    const bodyBase64 = Buffer.from([0, 255, 128]).toString("base64");
    await publish(api, { bodyBase64, contentType: "image/png" }, { bodyBase64: "" });
    expect(await stored(api)).toEqual([
      { bodyBase64, contentType: "image/png", ...HANDED },
      { bodyBase64: "", contentType: "application/octet-stream", ...HANDED },
    ]);
  });

  it.each([
    [
      "at the ends of the ranges",
      { key: "k".repeat(128), tag: "t".repeat(128), businessKey: "b".repeat(256) },
    ],
    ["with as many attributes as there may be", { attributes: numbered(32) }],
    ["with the longest attribute", { attributes: { ["n".repeat(128)]: "v".repeat(1_024) } }],
    [
      "with a body of the prototype's",
      { body: JSON.parse('{"__proto__":{"a":1},"constructor":2}') as unknown },
    ],
    ["as deep as may be", { body: JSON.parse("[".repeat(256) + "]".repeat(256)) as unknown }],
  ])("takes a message %s", async (_, message) => {
    const api = await anApiWithTopic();
    expect(await publish(api, { body: 1, ...message })).not.toHaveProperty("failed");
    expect((await stored(api))[0]).toMatchObject(message);
  });

  it("drops a message that nobody took in time", async () => {
    const api = await anApiWithTopic();
    await publish(api, { body: "short", expiresInSeconds: 60 }, { body: "long", expiresInSeconds: 61 });
    await api.clock.advance(60_000);
    expect((await stored(api)).map(({ body }) => body)).toEqual(["long"]);
  });
});

describe("a batch that is right in part", () => {
  const wrong: readonly (readonly [what: string, message: unknown, path: string])[] = [
    ["no object", 7, ""],
    ["no body", { key: "a" }, ".body"],
    ["two bodies", { body: 1, bodyBase64: "AA==" }, ".bodyBase64"],
    ["a type of a JSON body", { body: 1, contentType: "text/plain" }, ".contentType"],
    ["bytes that are no base64", { bodyBase64: "%" }, ".bodyBase64"],
    ["a type that is none", { bodyBase64: "AA==", contentType: "image" }, ".contentType"],
    ["a type with a line break", { bodyBase64: "AA==", contentType: "image/png; a\r\nb" }, ".contentType"],
    ["an empty key", { body: 1, key: "" }, ".key"],
    ["a key that is too long", { body: 1, key: "k".repeat(129) }, ".key"],
    ["a key that is no text", { body: 1, key: 7 }, ".key"],
    ["a key that is half a character", { body: 1, key: "\ud83d" }, ".key"],
    ["two words for a tag", { body: 1, tag: "two words" }, ".tag"],
    ["a tag that is too long", { body: 1, tag: "t".repeat(129) }, ".tag"],
    ["an attribute that is an object", { body: 1, attributes: { a: {} } }, ".attributes.a"],
    ["an attribute that is too long", { body: 1, attributes: { a: "v".repeat(1_025) } }, ".attributes.a"],
    ["an attribute with a strange name", { body: 1, attributes: { "a b": 1 } }, ".attributes.a b"],
    [
      "an attribute that reads as ours",
      { body: 1, attributes: { "sluice-Body": 1 } },
      ".attributes.sluice-Body",
    ],
    ["too many attributes", { body: 1, attributes: numbered(33) }, ".attributes"],
    ["attributes that are a list", { body: 1, attributes: [] }, ".attributes"],
    ["an empty business key", { body: 1, businessKey: "" }, ".businessKey"],
    ["a business key that is too long", { body: 1, businessKey: "b".repeat(257) }, ".businessKey"],
    ["no time to live", { body: 1, expiresInSeconds: 0 }, ".expiresInSeconds"],
    ["too much time to live", { body: 1, expiresInSeconds: 31_536_001 }, ".expiresInSeconds"],
    ["no delay", { body: 1, delaySeconds: 0 }, ".delaySeconds"],
    ["a delay of more than a year", { body: 1, delaySeconds: 31_536_001 }, ".delaySeconds"],
    [
      "a delay in two ways",
      { body: 1, delaySeconds: 60, deliverAt: "2026-08-02T00:00:00.000Z" },
      ".deliverAt",
    ],
    ["a time that is past", { body: 1, deliverAt: "2026-07-31T23:59:59.999Z" }, ".deliverAt"],
    ["a time too far ahead", { body: 1, deliverAt: "2027-08-01T00:00:00.200Z" }, ".deliverAt"],
    ["a time that is none", { body: 1, deliverAt: "tomorrow" }, ".deliverAt"],
    ["an empty dedup id", { body: 1, dedupId: "" }, ".dedupId"],
    ["a dedup id that is too long", { body: 1, dedupId: "x".repeat(129) }, ".dedupId"],
    ["an upload", { uploadId: "x" }, ".uploadId"],
    ["an unknown field", { body: 1, colour: "red" }, ".colour"],
  ];

  it.each(wrong)("stores the others: %s", async (_, message, path) => {
    const api = await anApiWithTopic();
    const { messages, failed } = await publish(api, { body: "before" }, message, { body: "after" });
    expect(failed).toBe(1);
    expect(messages.map((result) => "error" in result)).toEqual([false, true, false]);
    expect(messages[1]?.error?.code).toBe("invalid-request");
    expect(messages[1]?.error?.errors?.map((error) => error.path)).toContain(`messages[1]${path}`);
    expect((await stored(api)).map(({ body }) => body)).toEqual(["before", "after"]);
  });

  const wrongText: readonly (readonly [what: string, message: string, path: string])[] = [
    ["a body that is nested too deeply", `{"body":${"[".repeat(257)}${"]".repeat(257)}}`, "messages[0].body"],
    [
      "a body that overflows any stack",
      `{"body":${"[".repeat(500_000)}${"]".repeat(500_000)}}`,
      "messages[0].body",
    ],
    [
      "an attribute of the prototype",
      '{"body":1,"attributes":{"__proto__":1}}',
      "messages[0].attributes.__proto__",
    ],
    ["a field of the prototype", '{"body":1,"__proto__":1}', "messages[0].__proto__"],
    ["an attribute that no double holds", '{"body":1,"attributes":{"a":1e999}}', "messages[0].attributes.a"],
  ];

  it.each(wrongText)("refuses %s", async (_, message, path) => {
    const api = await anApiWithTopic();
    const { status, body } = await api.send("POST", MESSAGES, `{"messages":[${message}]}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ failed: 1, messages: [{ error: { errors: [{ path }] } }] });
    expect(await received(api)).toEqual([]);
  });

  it("says of a missing key which message lacks it", async () => {
    const api = await anApiWithTopic({}, { ordering: "key" });
    const { messages, failed } = await publish(
      api,
      { body: 1, key: "a" },
      { body: 2 },
      { body: 3, key: "a" },
    );
    expect(failed).toBe(1);
    expect(messages[1]?.error?.errors).toMatchObject([{ path: "messages[1].key" }]);
    expect((await stored(api)).map(({ body }) => body)).toEqual([1, 3]);
  });

  it("refuses a body beyond the limit, and stores the others", async () => {
    const api = await anApiWithTopic();
    const { messages, failed } = await publish(api, { body: "x".repeat(4_194_303) }, { body: "small" });
    expect([failed, messages[0]?.error?.code]).toEqual([1, "message-too-large"]);
    expect((await stored(api)).map(({ body }) => body)).toEqual(["small"]);
  });

  it("refuses a request beyond the limit as a whole", async () => {
    const api = await anApiWithTopic({ app: { requestLimitBytes: 1_000 } });
    const body = { messages: [{ body: "x".repeat(1_000) }] };
    expect(await api.problem("POST", MESSAGES, body)).toMatchObject({
      status: 413,
      code: "request-too-large",
    });
    const declared = { "content-length": "1001" };
    const problem = await api.problem("POST", `${MESSAGES}/raw`, "x", declared);
    expect(problem).toMatchObject({ status: 413, code: "request-too-large" });
  });
});

function numbered(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, index]));
}
