import { relay } from "../../lib/operations/relay/relay.js";
import { aService, shardsOf } from "../operations/an-outbox.js";
import { type Api, AUDIT, ORDERS, START_MS, anApi, anApiWithTopic } from "./an-api.js";

const DAY_MS = 86_400_000;
const at = (ms: number): string => new Date(START_MS + ms).toISOString();

async function published(api: Api, ...messages: readonly object[]): Promise<readonly string[]> {
  const { body } = await api.send("POST", `${ORDERS}/messages`, { messages });
  return (body as { messages: { id: string }[] }).messages.map(({ id }) => id);
}

async function handed(api: Api): Promise<readonly { receipt: string }[]> {
  return ((await api.send("POST", `${AUDIT}/receive`, {})).body as { messages: { receipt: string }[] })
    .messages;
}

describe("a message by its id", () => {
  it("GIVEN it is in the log THEN it comes with its body as it was written, and until when it is there", async () => {
    const api = await anApiWithTopic();
    const sent = '{"messages":[{"body":{"total":12345678901234567890},"tag":"t","businessKey":"7"}]}';
    const { body } = await api.send("POST", `${ORDERS}/messages`, sent);
    const id = (body as { messages: { id: string }[] }).messages[0]?.id ?? "";
    const answer = await api.send("GET", `/v1/messages/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"body":{"total":12345678901234567890}');
    expect(answer.body).toMatchObject({
      ...{
        id,
        topic: "orders",
        state: "published",
        contentType: "application/json",
        tag: "t",
        businessKey: "7",
      },
      publishedAt: at(0),
      expiresAt: expect.stringMatching(/^2026-08-/) as string,
    });
  });

  it("GIVEN it is delayed THEN it is scheduled, with both its times", async () => {
    const api = await anApiWithTopic();
    const [id = ""] = await published(api, { body: "tea", delaySeconds: 60, expiresInSeconds: 10 });
    expect((await api.send("GET", `/v1/messages/${id}`)).body).toEqual({
      ...{ id, topic: "orders", state: "scheduled", contentType: "application/json", body: "tea" },
      ...{ deliverAt: at(60_000), scheduledAt: at(0), expiresAt: at(70_000) },
      requestId: expect.stringMatching(/^[\w-]{22}$/) as string,
    });
  });

  it("GIVEN it waits in the outbox, or was refused there THEN it says so, and why", async () => {
    const api = anApi();
    const { name } = aService(api.storage, () => START_MS)("orders", "one", { tag: "t" });
    const path = `/v1/messages/orders.${name}`;
    const fields = { id: `orders.${name}`, topic: "orders", contentType: "application/json", tag: "t" };
    const waiting = { ...fields, state: "outbox", writtenAt: at(0), body: "one" };
    expect((await api.send("GET", path)).body).toEqual(waiting);
    await api.send("PUT", ORDERS, { ordering: "key" });
    await relay(api.engine, shardsOf("orders"), { untilMs: START_MS + 1_000 });
    expect((await api.send("GET", path)).body).toEqual({
      ...{ ...waiting, state: "refused", refusedAt: at(0), expiresAt: at(14 * DAY_MS) },
      why: 'key is required: the topic\'s ordering is "key"',
    });
  });

  it("GIVEN only a dead letter is left of it THEN it says of which subscription", async () => {
    const api = await anApiWithTopic();
    await api.send("PATCH", ORDERS, { retentionSeconds: 3_600 });
    await api.clock.advance(10_000);
    const [id = ""] = await published(api, { body: "bad" });
    const [message] = await handed(api);
    const results = [{ receipt: message?.receipt, outcome: "reject", error: "no such item" }];
    await api.send("POST", `${AUDIT}/settle`, { results });
    await api.clock.advance(2 * DAY_MS);
    expect((await api.send("GET", `/v1/messages/${id}`)).body).toMatchObject({
      ...{ id, state: "dead-letter", subscription: "audit", publishedAt: at(10_000), body: "bad" },
    });
  });

  it.each([
    ["/v1/messages/nonsense", 404, "message-not-found"],
    ["/v1/messages/nonsense/trace", 404, "message-not-found"],
    ["/v1/messages/none.uid.0.1", 404, "topic-not-found"],
    [`/v1/messages/${"x".repeat(300)}`, 400, "invalid-request"],
    ["/v1/messages/orders.uid.0.1/trace?limit=0", 400, "invalid-request"],
  ])("GET %s is %i %s", async (path, status, code) => {
    const api = await anApiWithTopic();
    expect(await api.problem("GET", path)).toMatchObject({ status, code });
  });
});

describe("a trace", () => {
  it("GIVEN two subscriptions THEN it tells of each, with the message but not its body", async () => {
    const api = await anApiWithTopic();
    await api.send("PUT", `${ORDERS}/subscriptions/billing`, { from: "earliest" });
    const [id = ""] = await published(api, { body: "secret", tag: "t" });
    await api.send("POST", `${AUDIT}/receive`, { consumer: "worker 7", ackDeadlineSeconds: 30 });
    const { body, text } = await api.send("GET", `/v1/messages/${id}/trace`);
    expect(text).not.toContain("secret");
    expect(body).toEqual({
      message: expect.objectContaining({ id, state: "published", tag: "t", publishedAt: at(0) }) as object,
      items: [
        {
          ...{ subscription: "audit", state: "leased", attempt: 1, firstReceivedAt: at(0) },
          ...{ consumer: "worker 7", waitsFor: "consumer", until: at(30_000) },
        },
        { subscription: "billing", state: "waiting", attempt: 0, waitsFor: "turn" },
      ],
    });
  });

  it("GIVEN a message that was rejected THEN its attempts and its dead letter are told", async () => {
    const api = await anApiWithTopic();
    const [id = ""] = await published(api, { body: "bad" });
    const [message] = await handed(api);
    const results = [{ receipt: message?.receipt, outcome: "reject", error: "no such item" }];
    await api.send("POST", `${AUDIT}/settle`, { results });
    expect((await api.send("GET", `/v1/messages/${id}/trace`)).body).toMatchObject({
      items: [
        {
          ...{ subscription: "audit", state: "dead-letter", attempt: 1, lastError: "no such item" },
          ...{ reason: "rejected", deadLetteredAt: at(0), expiresAt: expect.any(String) as string },
          attempts: [{ attempt: 1, outcome: "rejected", error: "no such item", at: at(0) }],
        },
      ],
    });
  });

  it("GIVEN more subscriptions than a page has THEN it goes on with its cursor; a wrong one is refused", async () => {
    const api = await anApiWithTopic();
    await api.send("PUT", `${ORDERS}/subscriptions/billing`, { from: "earliest" });
    const [id = ""] = await published(api, { body: 1 });
    const path = `/v1/messages/${id}/trace?limit=1`;
    const first = (await api.send("GET", path)).body as { items: unknown[]; nextCursor: string };
    const second = await api.send("GET", `${path}&cursor=${first.nextCursor}`);
    expect([...first.items, ...(second.body as { items: unknown[] }).items]).toMatchObject([
      { subscription: "audit" },
      { subscription: "billing" },
    ]);
    expect(await api.problem("GET", `${path}&cursor=wrong`)).toMatchObject({
      ...{ status: 400, code: "invalid-request", errors: [{ path: "query.cursor" }] },
    });
  });
});
