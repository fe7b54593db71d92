import { type Api, AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${ORDERS}/messages`;
const HANDED = {
  attempt: 1,
  publishedAt: "2026-08-01T00:00:00.000Z",
  firstReceivedAt: "2026-08-01T00:00:00.000Z",
};

async function stored(api: Api): Promise<readonly Record<string, unknown>[]> {
  const { body } = await api.send("POST", `${AUDIT}/receive`, {});
  const { messages } = body as { messages: Record<string, unknown>[] };
  return messages.map(({ id: _, receipt: __, ...message }) => message);
}

describe("a raw message", () => {
  const raw = (api: Api, body: string | Uint8Array, headers: Record<string, string> = {}) =>
    api.send("POST", `${MESSAGES}/raw`, body, headers);

  it.each([
    ["JSON", "application/json", ' { "total": 12345678901234567890.10 } '],
    ["JSON of a kind", "application/cloudevents+json; charset=utf-8", '{"specversion":"1.0"}'],
  ])("of %s is handed out as the text that it was", async (_, contentType, body) => {
    const api = await anApiWithTopic();
    const { status, body: answer } = await raw(api, body, { "content-type": contentType });
    expect(status).toBe(200);
    expect(answer).toEqual({
      messages: [{ id: expect.any(String) as string, publishedAt: HANDED.publishedAt }],
    });
    const { text, body: handed } = await api.send("POST", `${AUDIT}/receive`, {});
    expect(text).toContain(`"body":${body}`);
    expect(handed).toMatchObject({ messages: [{ contentType, body: JSON.parse(body) as unknown }] });
  });

  it.each([
    ["text", "text/plain", "häppy", { body: "häppy" }],
    ["text with upper case type", "Text/Plain; charset=utf-8", "x", { body: "x" }],
    ["a form", "application/x-www-form-urlencoded", "a=1", { bodyBase64: "YT0x" }],
    ["bytes", "image/png", new Uint8Array([0, 255]), { bodyBase64: "AP8=" }],
  ])("of %s is kept with its type", async (_, contentType, body, expected) => {
    const api = await anApiWithTopic();
    await raw(api, body, { "content-type": contentType });
    expect(await stored(api)).toEqual([{ ...expected, contentType, ...HANDED }]);
  });

  it("is bytes where nobody says what it is", async () => {
    const api = await anApiWithTopic();
    await raw(api, new Uint8Array([1]));
    expect(await stored(api)).toEqual([
      { bodyBase64: "AQ==", contentType: "application/octet-stream", ...HANDED },
    ]);
  });

  it("takes what its headers say, and may come on a path with a query", async () => {
    const api = await anApiWithTopic();
    const headers = {
      "sluice-key": "order-7",
      "Sluice-Tag": "created",
      "Sluice-Business-Key": "7",
      "Sluice-Expires-In-Seconds": "60",
      "Sluice-Attribute-Region": "eu",
      "SLUICE-ATTRIBUTE-SHIP_TO": "de",
      "Sluice-Topic": "where it came from",
    };
    await api.send("POST", `${MESSAGES}/raw?source=shop`, "{}", {
      ...headers,
      "content-type": "application/json",
    });
    const attributes = { region: "eu", ship_to: "de" };
    const said = { key: "order-7", tag: "created", businessKey: "7", attributes };
    expect(await stored(api)).toMatchObject([{ body: {}, ...said }]);
    await raw(api, "{}", headers);
    await api.clock.advance(60_000);
    expect(await stored(api)).toEqual([]);
  });

  it("is stored once for its key, with the same headers in any order, and refused with others", async () => {
    const api = await anApiWithTopic();
    const key = { "idempotency-key": "k" };
    const first = await raw(api, "x", {
      ...key,
      "sluice-tag": "a",
      "sluice-key": "b",
      "sluice-attempt": "1",
    });
    const again = await raw(api, "x", {
      "sluice-key": "b",
      "sluice-tag": "a",
      "sluice-attempt": "2",
      ...key,
    });
    expect(again.body).toEqual(first.body);
    for (const [body, headers] of [
      ["y", { "sluice-tag": "a", "sluice-key": "b" }],
      ["x", { "sluice-tag": "a" }],
    ] as const)
      expect((await raw(api, body, { ...key, ...headers })).status).toBe(422);
    expect(await stored(api)).toHaveLength(1);
  });

  it("is stored once for its dedup id", async () => {
    const api = await anApiWithTopic();
    const headers = { "sluice-dedup-id": "invoice-7" };
    const [first, second] = [await raw(api, "one", headers), await raw(api, "two", headers)];
    const { messages } = first.body as { messages: readonly object[] };
    expect(second.body).toEqual({ messages: [{ ...messages[0], deduplicated: true }] });
    expect(await stored(api)).toMatchObject([{ body: "one", dedupId: "invoice-7" }]);
  });

  it.each([
    ["no JSON", "{", { "content-type": "application/json" }, "body"],
    ["an empty body as JSON", "", { "content-type": "application/json" }, "body"],
    [
      "JSON that is nested too deeply",
      "[".repeat(9_999) + "]".repeat(9_999),
      { "content-type": "application/json" },
      "body",
    ],
    ["no UTF-8", new Uint8Array([0xff]), { "content-type": "text/plain" }, "body"],
    ["a type that is none", "x", { "content-type": "text" }, "headers.Content-Type"],
    ["a type that is too long", "x", { "content-type": `text/${"x".repeat(255)}` }, "headers.Content-Type"],
    ["an empty key", "x", { "sluice-key": "" }, "headers.Sluice-Key"],
    ["two words for a tag", "x", { "sluice-tag": "two words" }, "headers.Sluice-Tag"],
    [
      "a life that is no number",
      "x",
      { "sluice-expires-in-seconds": "soon" },
      "headers.Sluice-Expires-In-Seconds",
    ],
    ["no time to live", "x", { "sluice-expires-in-seconds": "" }, "headers.Sluice-Expires-In-Seconds"],
    ["no delay", "x", { "sluice-delay-seconds": "0" }, "headers.Sluice-Delay-Seconds"],
    ["an empty dedup id", "x", { "sluice-dedup-id": "" }, "headers.Sluice-Dedup-Id"],
    ["an unknown header of ours", "x", { "sluice-colour": "red" }, "headers.Sluice-Colour"],
    [
      "an attribute that is too long",
      "x",
      { "sluice-attribute-a": "x".repeat(1_025) },
      "headers.Sluice-Attribute-A",
    ],
    ["an attribute without a name", "x", { "sluice-attribute-": "x" }, "headers.Sluice-Attribute-"],
  ])("is refused with %s", async (_, body, headers, path) => {
    const api = await anApiWithTopic();
    const problem = await api.problem("POST", `${MESSAGES}/raw`, body, headers);
    expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
    expect(problem.errors?.map((error) => error.path)).toContain(path);
    expect(await stored(api)).toEqual([]);
  });

  it("is refused with more attributes than there may be", async () => {
    const api = await anApiWithTopic();
    const headers = Object.fromEntries(
      Array.from({ length: 33 }, (_, index) => [`sluice-attribute-a${index}`, "x"]),
    );
    const problem = await api.problem("POST", `${MESSAGES}/raw`, "x", headers);
    expect(problem.errors).toEqual([
      { path: "headers.Sluice-Attribute-*", detail: "must have at most 32 fields" },
    ]);
  });

  it("is refused where a key is missing", async () => {
    const api = await anApiWithTopic({}, { ordering: "key" });
    const problem = await api.problem("POST", `${MESSAGES}/raw`, "x");
    expect(problem).toMatchObject({ status: 400, errors: [{ path: "headers.Sluice-Key" }] });
  });

  it("is refused beyond the limit", async () => {
    const api = await anApiWithTopic();
    const problem = await api.problem("POST", `${MESSAGES}/raw`, new Uint8Array(4_194_305));
    expect(problem).toMatchObject({ status: 413, code: "message-too-large" });
    expect((await raw(api, new Uint8Array(4_194_304))).status).toBe(200);
  });
});
