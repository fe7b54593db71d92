import { type Api, AUDIT, ORDERS, anApi, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${AUDIT}/messages`;
/** What a function's response may take. */
const ANSWER_BYTES = 6_000_000;

async function withFailed(message: object, error: string, count = 1): Promise<Api> {
  const api = await anApiWithTopic();
  for (let at = 0; at < count; at++) await api.send("POST", `${ORDERS}/messages`, { messages: [message] });
  const received = await api.send("POST", `${AUDIT}/receive`, { maxMessages: count });
  const { messages } = received.body as { messages: { receipt: string }[] };
  const results = messages.map(({ receipt }) => ({ receipt, outcome: "retry", delaySeconds: 60, error }));
  await api.send("POST", `${AUDIT}/settle`, { results });
  return api;
}

it("GIVEN a message that failed WHEN retrying ones are listed THEN it is there, and not among the others", async () => {
  const api = await withFailed({ body: 1, key: "k", tag: "t" }, "no customer");
  expect((await api.send("GET", `${MESSAGES}?state=retrying`)).body).toEqual({
    items: [
      {
        id: expect.stringMatching(/^orders\./) as string,
        state: "retrying",
        key: "k",
        tag: "t",
        publishedAt: "2026-08-01T00:00:00.000Z",
        attempt: 1,
        firstReceivedAt: "2026-08-01T00:00:00.000Z",
        lastError: "no customer",
        attempts: [{ at: "2026-08-01T00:00:00.000Z", attempt: 1, outcome: "failed", error: "no customer" }],
        waitsFor: "retry",
        until: "2026-08-01T00:01:00.000Z",
      },
    ],
  });
  for (const state of ["waiting", "leased"])
    expect((await api.send("GET", `${MESSAGES}?state=${state}`)).body).toEqual({ items: [] });
});

it("GIVEN a consumer that says its name WHEN leased messages are listed THEN they say who has them", async () => {
  const api = await anApiWithTopic();
  await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] });
  await api.send("POST", `${AUDIT}/receive`, { consumer: "worker-7 ☕" });
  const { items } = (await api.send("GET", `${MESSAGES}?state=leased`)).body as { items: object[] };
  expect(items).toMatchObject([{ state: "leased", consumer: "worker-7 ☕" }]);
  expect(Object.keys(items[0] ?? {})).not.toEqual(expect.arrayContaining(["principal"]));
});

it.each([[""], ["x".repeat(129)], ["a\u0007b"], ["line\nbreak"], [7]])(
  "GIVEN %j as a consumer's name THEN it is refused, and nothing is leased",
  async (consumer) => {
    const api = await anApiWithTopic();
    await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 1 }] });
    const problem = await api.problem("POST", `${AUDIT}/receive`, { consumer });
    expect(problem).toMatchObject({ status: 400, errors: [{ path: "consumer" }] });
    expect((await api.send("GET", `${MESSAGES}?state=leased`)).body).toEqual({ items: [] });
  },
);

it("GIVEN a query WHEN messages are listed THEN those are left out that it does not ask for", async () => {
  const api = await withFailed({ body: 1, key: "k", tag: "t" }, "no customer");
  await api.send("POST", `${ORDERS}/messages`, { messages: [{ body: 2, key: "k" }, { body: 3 }] });
  const count = async (query: string) =>
    ((await api.send("GET", `${MESSAGES}?${query}`)).body as { items: object[] }).items.length;
  expect(await count("state=retrying&key=k&tag=t&minAttempts=1&error=customer")).toBe(1);
  expect(await count("state=retrying&minAttempts=2")).toBe(0);
  expect(await count("state=retrying&error=Customer")).toBe(0);
  expect([await count("state=waiting"), await count("state=waiting&key=k")]).toEqual([2, 1]);
  expect(await count("state=waiting&minAttempts=1")).toBe(0);
});

it.each([
  ["", "is required"],
  ["?state=dead", 'must be "waiting", "leased", "retrying", "parked" or "held"'],
  ["?state=waiting&cursor=x", "is not a cursor"],
  ["?state=waiting&minAttempts=0", "must be 1 to"],
  ["?state=waiting&minAttempts=two", "must be a whole number"],
  ["?state=waiting&error=", "at least 1 character"],
])("GIVEN the query %s WHEN they are listed THEN the problem says what is wrong", async (query, detail) => {
  const problem = await (await anApiWithTopic()).problem("GET", `${MESSAGES}${query}`);
  expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
  expect(problem.detail).toContain(detail);
  expect(problem.errors?.[0]?.path).toMatch(/^query\.(state|cursor|minAttempts|error)$/);
});

it("GIVEN the longest fields that there can be WHEN a page is full THEN it fits into one response", async () => {
  const control = "\u0001";
  const message = { body: 1, key: control.repeat(128), tag: control.repeat(128) };
  const api = await withFailed(message, control.repeat(1_024), 100);
  const { text, body } = await api.send("GET", `${MESSAGES}?state=retrying&limit=100`);
  expect((body as { items: object[] }).items).toHaveLength(100);
  expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(ANSWER_BYTES);
});

it("GIVEN an operator's word WHEN it is posted THEN it counts, and a second one is told so", async () => {
  const api = await withFailed({ body: 1 }, "no");
  const { items } = (await api.send("GET", `${MESSAGES}?state=retrying`)).body as { items: { id: string }[] };
  const settle = `${MESSAGES}/${items[0]?.id}/settle`;
  const said = await api.send("POST", settle, { outcome: "reject", error: "by hand" });
  expect([said.status, said.body]).toEqual([200, { status: "ok" }]);
  expect((await api.send("GET", `${AUDIT}/dead-letters`)).body).toMatchObject({
    items: [{ id: items[0]?.id, reason: "rejected", error: "by hand" }],
  });
  expect(await api.problem("POST", settle, { outcome: "ack" })).toMatchObject({
    status: 409,
    code: "message-not-open",
  });
  expect(await api.problem("POST", `${MESSAGES}/nothing/settle`, { outcome: "ack" })).toMatchObject({
    status: 404,
    code: "message-not-found",
  });
  expect((await api.problem("POST", settle, { outcome: "extend" })).errors).toEqual([
    { path: "outcome", detail: 'must be "ack", "retry" or "reject"' },
  ]);
});

it("GIVEN a key that holds WHEN its messages are listed THEN each says for which dead letter, until when", async () => {
  const api = anApi();
  const [topic, subscription] = ["/v1/topics/accounts", "/v1/topics/accounts/subscriptions/ledger"];
  await api.send("PUT", topic, { ordering: "key", partitions: 1 });
  const made = await api.send("PUT", subscription, {
    from: "earliest",
    deadLetter: { onDeadLetter: "hold" },
  });
  expect(made.body).toMatchObject({ deadLetter: { retentionSeconds: 1_209_600, onDeadLetter: "hold" } });
  const messages = ["a", "a", "b", "c", "c"].map((key, body) => ({ body, key }));
  const published = (await api.send("POST", `${topic}/messages`, { messages })).body as {
    messages: { id: string }[];
  };
  const [first, second, , fourth, fifth] = published.messages.map(({ id }) => id);
  const receive = async () =>
    (
      (await api.send("POST", `${subscription}/receive`, { maxMessages: 10 })).body as {
        messages: { receipt: string; key: string }[];
      }
    ).messages;
  const handed = await receive();
  const results = handed.map(({ receipt }, at) =>
    at === 0
      ? { receipt, outcome: "reject", error: "no such account" }
      : at === 2
        ? { receipt, outcome: "ack" }
        : { receipt, outcome: "retry", delaySeconds: 60 },
  );
  await api.send("POST", `${subscription}/settle`, { results });
  await receive();
  const listed = async (state: string) =>
    ((await api.send("GET", `${subscription}/messages?state=${state}`)).body as { items: object[] }).items;
  const held = { state: "held", key: "a", deadLetter: first, waitsFor: "dead-letter" };
  const until = expect.stringMatching(/Z$/) as string;
  expect(await listed("held")).toMatchObject([
    { ...held, id: first, attempt: 1, lastError: "no such account", until },
    { ...held, id: second, attempt: 1, until },
  ]);
  expect((await listed("retrying")).concat(await listed("parked"))).toMatchObject([
    { id: fourth },
    { id: fifth },
  ]);
  expect((await api.send("GET", subscription)).body).toMatchObject({
    state: { busyKeys: 2, heldKeys: 1, deadLetters: 1 },
  });
  const changed = await api.send("PATCH", subscription, { deadLetter: { onDeadLetter: "release" } });
  expect(changed.body).toMatchObject({ deadLetter: { onDeadLetter: "release" } });
  expect(await listed("held")).toEqual([]);
});
