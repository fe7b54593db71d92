import type { Slot } from "../../lib/domain/slot.js";
import { resultOf } from "../../lambdas/api/gateway.js";
import { type Api, AUDIT, ORDERS, anApiWithTopic, passing } from "./an-api.js";

interface Received {
  readonly id: string;
  readonly receipt: string;
  readonly body?: unknown;
  readonly bodyBase64?: string;
  readonly attempt: number;
  readonly firstReceivedAt: string;
}

/** What Lambda sees of an answer: its JSON. */
const answerBytes = (body: string): number =>
  Buffer.byteLength(JSON.stringify(resultOf({ status: 200, headers: {}, body })));

/** What Lambda takes of an answer, with room for its headers. */
const FUNCTION_ANSWER_BYTES = 6 * 1024 * 1024 - 10_000;

const publish = (api: Api, ...bodies: readonly unknown[]) =>
  api.send("POST", `${ORDERS}/messages`, { messages: bodies.map((body) => ({ body })) });

const receive = async (api: Api, request: object = {}, from = AUDIT): Promise<readonly Received[]> =>
  ((await api.send("POST", `${from}/receive`, request)).body as { messages: Received[] }).messages;

const settle = async (api: Api, results: readonly object[], to = AUDIT): Promise<readonly unknown[]> =>
  ((await api.send("POST", `${to}/settle`, { results })).body as { results: unknown[] }).results;

const bodies = (messages: readonly Received[]) => messages.map(({ body }) => body);
const failedWith = (code: string) => ({ error: expect.objectContaining({ code }) as object });

describe("a long poll", () => {
  it("waits for a message that comes", async () => {
    // GIVEN
    const api = await anApiWithTopic();
    const startMs = api.clock.nowMs();
    const polling = receive(api, { waitSeconds: 20 });
    // WHEN
    await api.clock.advance(5_000);
    await publish(api, "late");
    // THEN
    expect(bodies(await passing(api.clock, polling))).toEqual(["late"]);
    expect(api.clock.nowMs() - startMs).toBeLessThan(7_000);
  });

  it("ends empty when its time is over", async () => {
    const api = await anApiWithTopic();
    const startMs = api.clock.nowMs();
    expect(await passing(api.clock, receive(api, { waitSeconds: 3 }))).toEqual([]);
    expect(api.clock.nowMs() - startMs).toBeGreaterThanOrEqual(3_000);
  });

  it("does not wait unless it is told to", async () => {
    const api = await anApiWithTopic();
    expect(await receive(api)).toEqual([]);
  });
});

describe("receive", () => {
  it("hands out no more than is asked for, and 10 by default", async () => {
    const api = await anApiWithTopic();
    await publish(api, ...Array.from({ length: 25 }, (_, index) => index));
    expect(bodies(await receive(api, { maxMessages: 3 }))).toEqual([0, 1, 2]);
    expect(await receive(api)).toHaveLength(10);
    expect(await receive(api, { maxMessages: 1_000 })).toHaveLength(12);
  });

  it("hands out again what was not settled in time, and counts", async () => {
    const api = await anApiWithTopic();
    await publish(api, "slow");
    const [first] = await receive(api, { ackDeadlineSeconds: 5 });
    await api.clock.advance(4_999);
    expect(await receive(api)).toEqual([]);
    await api.clock.advance(1);
    const [second] = await receive(api);
    expect(second).toMatchObject({ id: first?.id, attempt: 2, firstReceivedAt: first?.firstReceivedAt });
    expect(await settle(api, [{ receipt: first?.receipt, outcome: "ack" }])).toEqual([
      failedWith("receipt-expired"),
    ]);
    expect(await settle(api, [{ receipt: second?.receipt, outcome: "ack" }])).toEqual([{ status: "ok" }]);
  });

  it("gives bodies that no JSON text holds in short as base64", async () => {
    const api = await anApiWithTopic();
    const text = "\u0001".repeat(100_000);
    await api.send("POST", `${ORDERS}/messages/raw`, text, { "content-type": "text/plain" });
    const [message] = await receive(api);
    expect(Buffer.from(message?.bodyBase64 ?? "", "base64").toString()).toBe(text);
  });

  it("gives a body that says that it is JSON, and is not, as base64", async () => {
    const api = await anApiWithTopic();
    await publish(api, "x");
    api.storage.logs.forEach((slots) => expect(slots).toHaveLength(1));
    api.engine.caches.slots.set(firstSlot(api), [{ body: '{"a":', contentType: "application/json" }], 1);
    expect(await receive(api)).toMatchObject([{ bodyBase64: Buffer.from('{"a":').toString("base64") }]);
  });

  it("leaves what is too much for one answer to the next", async () => {
    const api = await anApiWithTopic();
    const large = "x".repeat(2_500_000);
    for (let count = 0; count < 3; count++) await publish(api, large);
    expect(await receive(api)).toHaveLength(2);
    expect(await receive(api)).toHaveLength(1);
  });

  it.each([
    ["JSON full of quotes", "application/json", `[${'"",'.repeat(1_398_000)}1]`],
    ["text full of quotes", "text/plain", '"'.repeat(4_194_304)],
    ["text full of line breaks", "text/plain", "a\n\n".repeat(1_398_000)],
    ["text full of control characters", "text/plain", "\u0001".repeat(4_194_304)],
    ["text beyond ASCII", "text/plain", "\u20ac".repeat(1_398_000)],
    ["bytes", "image/png", new Uint8Array(4_194_304)],
  ])("answers a body of %s at the limit so that a function can give it", async (_, contentType, body) => {
    const api = await anApiWithTopic();
    await api.send("POST", `${ORDERS}/messages/raw`, body, { "content-type": contentType });
    const { text, body: answer } = await api.send("POST", `${AUDIT}/receive`, {});
    expect(answerBytes(text)).toBeLessThan(FUNCTION_ANSWER_BYTES);
    const [message] = (answer as { messages: Received[] }).messages;
    const bytes = Buffer.from(message?.bodyBase64 ?? "", "base64");
    if (message?.bodyBase64 !== undefined) expect(bytes.equals(Buffer.from(body as string))).toBe(true);
    else
      expect(
        text.includes(`"body":${contentType === "application/json" ? String(body) : JSON.stringify(body)}}`),
      ).toBe(true);
  });

  const control = JSON.stringify("\u0001".repeat(1_024));
  it.each([
    ["bodies full of quotes", `{"body":"${'\\"'.repeat(10_000)}"}`],
    ["bodies beyond ASCII", `{"body":"${"é€".repeat(4_000)}"}`],
    [
      "attributes full of control characters",
      `{"body":1,"attributes":{"a":${control},"b":${control},"c":${control}}}`,
    ],
  ])("hands out everything once, in answers that a function can give: %s", async (_, message) => {
    const api = await anApiWithTopic();
    for (let count = 0; count < 5; count++) {
      await api.send("POST", `${ORDERS}/messages`, `{"messages":[${Array(200).fill(message).join()}]}`);
    }
    const ids: string[] = [];
    for (let messages; messages === undefined || messages.length > 0;) {
      const { text, body: answer } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 1_000 });
      expect(answerBytes(text)).toBeLessThan(FUNCTION_ANSWER_BYTES);
      messages = (answer as { messages: (Received & { id: string })[] }).messages;
      expect(messages.filter(({ attempt }) => attempt !== 1)).toEqual([]);
      ids.push(...messages.map(({ id }) => id));
    }
    expect([ids.length, new Set(ids).size]).toEqual([1_000, 1_000]);
  });

  it("cuts short what was said of failures where the messages fit and that does not", async () => {
    const api = await anApiWithTopic();
    const error = "\u0001".repeat(1_024);
    await publish(api, ...Array.from({ length: 1_000 }, (_, index) => index));
    const first = await receive(api, { maxMessages: 1_000 });
    const retries = first.map(({ receipt }) => ({ receipt, outcome: "retry", error }));
    for (const half of [retries.slice(0, 500), retries.slice(500)]) await settle(api, half);
    await api.clock.advance(1_000);
    const { text, body } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 1_000 });
    expect(answerBytes(text)).toBeLessThan(FUNCTION_ANSWER_BYTES);
    const { messages } = body as { messages: { lastError: string }[] };
    expect(messages.length).toBeGreaterThan(400);
    for (const { lastError } of messages) expect([error, error.slice(0, 64)]).toContain(lastError);
  });

  it("answers many bodies so that a function can give them", async () => {
    const api = await anApiWithTopic();
    const body = Array.from({ length: 1_000 }, () => "");
    await publish(api, ...Array.from({ length: 1_000 }, () => body));
    const { text } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 1_000 });
    expect(answerBytes(text)).toBeLessThan(FUNCTION_ANSWER_BYTES);
    expect(JSON.stringify(text).length).toBeGreaterThan(3_000_000);
  });

  it("hands out nothing while the subscription is paused", async () => {
    const api = await anApiWithTopic();
    await publish(api, "x");
    await api.send("PATCH", AUDIT, { paused: true });
    expect(await receive(api)).toEqual([]);
    await api.send("PATCH", AUDIT, { paused: false });
    expect(await receive(api)).toHaveLength(1);
  });
});

describe("settle", () => {
  it("answers for each receipt, in order", async () => {
    // GIVEN
    const api = await anApiWithTopic();
    await api.send("PUT", `${ORDERS}/subscriptions/other`, { from: "earliest" });
    await publish(api, "ack", "retry", "extend");
    const [ack, retry, extend] = await receive(api);
    const [foreign] = await receive(api, {}, `${ORDERS}/subscriptions/other`);
    // WHEN
    const results = await settle(api, [
      { receipt: "no-receipt", outcome: "ack" },
      { receipt: ack?.receipt, outcome: "ack" },
      { receipt: foreign?.receipt, outcome: "ack" },
      { receipt: retry?.receipt, outcome: "retry", delaySeconds: 10, error: "not now" },
      { receipt: extend?.receipt, outcome: "extend", ackDeadlineSeconds: 600 },
    ]);
    // THEN
    const ok = { status: "ok" };
    expect(results).toEqual([failedWith("receipt-invalid"), ok, failedWith("receipt-invalid"), ok, ok]);
    await api.clock.advance(9_999);
    expect(await receive(api)).toEqual([]);
    await api.clock.advance(1);
    expect(await receive(api)).toMatchObject([{ body: "retry", attempt: 2 }]);
  });

  it("of a receipt that was settled says that it is gone", async () => {
    const api = await anApiWithTopic();
    await publish(api, "x");
    const [message] = await receive(api);
    const ack = { receipt: message?.receipt, outcome: "ack" };
    expect(await settle(api, [ack])).toEqual([{ status: "ok" }]);
    expect(await settle(api, [ack])).toEqual([failedWith("receipt-expired")]);
    expect(await settle(api, [{ ...ack, outcome: "extend", ackDeadlineSeconds: 9 }])).toEqual([
      failedWith("receipt-expired"),
    ]);
  });

  it.each([
    ["cut off", (receipt: string) => receipt.slice(0, -6)],
    ["with a tail", (receipt: string) => `${receipt}AAAA`],
    ["of an earlier life of the subscription", (receipt: string) => receipt],
  ])("refuses a receipt %s", async (_, change) => {
    const api = await anApiWithTopic();
    await publish(api, "x");
    const [message] = await receive(api);
    const receipt = change(message?.receipt ?? "");
    if (receipt === message?.receipt) {
      await api.send("DELETE", AUDIT);
      await api.send("PUT", AUDIT, {});
    }
    expect(await settle(api, [{ receipt, outcome: "ack" }])).toEqual([failedWith("receipt-invalid")]);
  });
});

function firstSlot({ storage }: Api): Slot {
  const slot = [...storage.logs.values()].flat()[0];
  if (slot === undefined) throw new Error("nothing is stored");
  return slot;
}
