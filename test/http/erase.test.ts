import { anApi, AUDIT, ORDERS, START_MS, anApiWithTopic } from "./an-api.js";

const at = (seconds: number): string => new Date(START_MS + seconds * 1_000).toISOString();
interface Published {
  readonly messages: readonly { readonly id: string }[];
}

async function published(api: Awaited<ReturnType<typeof anApiWithTopic>>, ...messages: readonly object[]) {
  const answer = await api.send("POST", `${ORDERS}/messages`, { messages });
  return (answer.body as Published).messages.map(({ id }) => id);
}

describe("erasing over HTTP", () => {
  it("GIVEN a message WHEN it is erased THEN it says when; so does its look-up, and its trace", async () => {
    const api = await anApiWithTopic();
    const [id = ""] = await published(api, { body: { email: "ada" }, key: "k", tag: "t" }, { body: 2 });
    const answer = await api.send("POST", `/v1/messages/${id}/erase`);
    expect([answer.status, answer.body]).toEqual([200, { id, erasedAt: at(0) }]);
    const found = { id, topic: "orders", state: "erased", publishedAt: at(0), erasedAt: at(0) };
    const expiresAt = expect.any(String) as string;
    expect((await api.send("GET", `/v1/messages/${id}`)).body).toEqual({ ...found, expiresAt });
    expect((await api.send("GET", `/v1/messages/${id}/trace`)).body).toEqual({
      message: { ...found, expiresAt },
      items: [],
    });
    const received = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 10 });
    expect((received.body as { messages: readonly unknown[] }).messages).toMatchObject([{ body: 2 }]);
    const read = await api.send("GET", `${ORDERS}/messages?from=earliest`);
    expect((read.body as { items: readonly unknown[] }).items).toMatchObject([{ body: 2 }]);
  });

  it("GIVEN who signed it WHEN it is erased again by nobody THEN it tells who was first", async () => {
    const api = anApi({ principal: "arn:aws:iam::123456789012:role/operator" });
    await api.send("PUT", ORDERS);
    const [id = ""] = await published(api, { body: 1 });
    const first = await api.send("POST", `/v1/messages/${id}/erase`);
    expect(first.body).toMatchObject({ erasedBy: "arn:aws:iam::123456789012:role/operator" });
    await api.clock.advance(1_000);
    expect((await api.send("POST", `/v1/messages/${id}/erase`)).body).toEqual(first.body);
  });

  it("GIVEN a delayed message WHEN it is erased THEN it is cancelled", async () => {
    const api = await anApiWithTopic();
    const [id = ""] = await published(api, { body: 1, delaySeconds: 60 });
    const { body } = await api.send("POST", `/v1/messages/${id}/erase`);
    expect(body).toEqual({ id, erasedAt: at(0), cancelled: true });
    expect((await api.problem("GET", `/v1/messages/${id}`)).code).toBe("message-not-found");
  });

  it.each([
    ["orders.000000000-0123456789abcdef", "message-not-found"],
    ["nowhere.u.0.1", "topic-not-found"],
    ["x", "message-not-found"],
  ])("GIVEN %s WHEN it is erased THEN %s", async (id, code) => {
    const api = await anApiWithTopic();
    expect((await api.problem("POST", `/v1/messages/${id}/erase`)).code).toBe(code);
  });
});
