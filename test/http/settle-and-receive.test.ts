import { resultOf } from "../../lambdas/api/gateway.js";
import { type Api, AUDIT, ORDERS, anApiWithTopic, passing } from "./an-api.js";

interface Received {
  readonly receipt: string;
  readonly body?: unknown;
}

/** What Lambda sees of an answer: its JSON. */
const answerBytes = (body: string): number =>
  Buffer.byteLength(JSON.stringify(resultOf({ status: 200, headers: {}, body })));

/** What Lambda takes of an answer, with room for its headers. */
const FUNCTION_ANSWER_BYTES = 6 * 1024 * 1024 - 10_000;

const publish = (api: Api, ...bodies: readonly unknown[]) =>
  api.send("POST", `${ORDERS}/messages`, { messages: bodies.map((body) => ({ body })) });

const receive = async (api: Api, request: object = {}): Promise<readonly Received[]> =>
  ((await api.send("POST", `${AUDIT}/receive`, request)).body as { messages: Received[] }).messages;

const settle = async (api: Api, results: readonly object[]): Promise<readonly unknown[]> =>
  ((await api.send("POST", `${AUDIT}/settle`, { results })).body as { results: unknown[] }).results;

const bodies = (messages: readonly Received[]) => messages.map(({ body }) => body);
const failedWith = (code: string) => ({ error: expect.objectContaining({ code }) as object });

describe("a receive that settles", () => {
  const asked = async (api: Api, request: object) =>
    (await api.send("POST", `${AUDIT}/receive`, request)) as {
      status: number;
      body: { messages: Received[]; results?: unknown[]; errors?: unknown[] };
    };
  const acks = (messages: readonly Received[]) =>
    messages.map(({ receipt }) => ({ receipt, outcome: "ack" }));

  it("GIVEN messages in hand WHEN it acknowledges them THEN it has a result of each, and more messages", async () => {
    const api = await anApiWithTopic();
    await publish(api, 1, 2, 3, 4);
    const held = await receive(api, { maxMessages: 2 });
    const { body } = await asked(api, { maxMessages: 2, settle: acks(held) });
    expect(body.results).toEqual([{ status: "ok" }, { status: "ok" }]);
    expect([...bodies(held), ...bodies(body.messages)].sort()).toEqual([1, 2, 3, 4]);
    expect(await settle(api, acks(held))).toEqual([
      failedWith("receipt-expired"),
      failedWith("receipt-expired"),
    ]);
  });

  it("GIVEN nothing to settle THEN its answer has messages only, as ever", async () => {
    const api = await anApiWithTopic();
    expect((await asked(api, {})).body).toEqual({ messages: [] });
  });

  it("GIVEN a receipt that is none WHEN it would wait THEN it says so at once", async () => {
    const api = await anApiWithTopic();
    const startMs = api.clock.nowMs();
    const settling = { waitSeconds: 20, settle: [{ receipt: "none", outcome: "ack" }] };
    const { body } = await passing(api.clock, asked(api, settling));
    expect(body).toEqual({ messages: [], results: [failedWith("receipt-invalid")] });
    expect(api.clock.nowMs() - startMs).toBeLessThan(1_000);
  });

  it.each([
    [[], "settle"],
    [[{ receipt: "r", outcome: "done" }], "settle[0].outcome"],
    [[{ receipt: "", outcome: "ack" }], "settle[0].receipt"],
  ])(
    "GIVEN a list that is not valid, %j THEN nothing is received, and the place is told",
    async (words, path) => {
      const api = await anApiWithTopic();
      await publish(api, 1);
      const { status, body } = await asked(api, { settle: words });
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ path }]);
      expect(bodies(await receive(api))).toEqual([1]);
    },
  );

  it("GIVEN a thousand results that failed, and a backlog of large messages THEN its answer fits", async () => {
    const api = await anApiWithTopic();
    for (let batch = 0; batch < 4; batch++) await publish(api, "x".repeat(900_000), "y".repeat(900_000));
    const none = Array.from({ length: 1_000 }, (_, index) => ({ receipt: `none-${index}`, outcome: "ack" }));
    const { body } = await asked(api, { maxMessages: 100, settle: none });
    expect(body.results).toHaveLength(1_000);
    expect(body.messages.length).toBeGreaterThan(3);
    expect(answerBytes(JSON.stringify(body))).toBeLessThan(FUNCTION_ANSWER_BYTES);
  });
});
