import { type Api, AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const SHOP = "arn:aws:sts::123456789012:assumed-role/shop/checkout";

const signedApi = () => anApiWithTopic({ principal: SHOP });

async function received(api: Api) {
  const { body } = await api.send("POST", `${AUDIT}/receive`, {});
  return (body as { messages: { id: string; receipt: string; publishedBy?: string }[] }).messages;
}

const publish = async (api: Api, message: object = { body: 1 }) => {
  const { body } = await api.send("POST", `${ORDERS}/messages`, { messages: [message] });
  return (body as { messages: [{ id: string }] }).messages[0].id;
};

it.each([
  ["in a batch", `${ORDERS}/messages`, { messages: [{ body: 1 }] }],
  ["all or nothing", `${ORDERS}/messages`, { messages: [{ body: 1 }], atomic: true }],
  ["raw", `${ORDERS}/messages/raw`, "1"],
  ["to several topics", "/v1/publish", { messages: [{ topic: "orders", body: 1 }] }],
] as const)(
  "GIVEN a signed request that publishes, %s WHEN it is received THEN it says who signed it",
  async (_, path, body) => {
    const api = await signedApi();
    expect((await api.send("POST", path, body)).status).toBe(200);
    expect(await received(api)).toMatchObject([{ publishedBy: SHOP }]);
  },
);

it("GIVEN a message that says by itself who published it WHEN it is published THEN it is refused", async () => {
  const api = await signedApi();
  const { body } = await api.send("POST", `${ORDERS}/messages`, {
    messages: [{ body: 1, publishedBy: "arn:aws:iam::123456789012:root" }],
  });
  expect(body).toMatchObject({ failed: 1, messages: [{ error: { status: 400 } }] });
});

it("GIVEN a request that nobody signed WHEN it is received THEN nobody is named", async () => {
  const api = await anApiWithTopic();
  await publish(api);
  const [message] = await received(api);
  expect(message).not.toHaveProperty("publishedBy");
});

it("GIVEN a delayed message WHEN it is looked up, and once it is published THEN it names who sent it", async () => {
  const api = await signedApi();
  const id = await publish(api, { body: 1, delaySeconds: 60 });
  expect((await api.send("GET", `/v1/messages/${id}`)).body).toMatchObject({
    state: "scheduled",
    publishedBy: SHOP,
  });
});

it("GIVEN a message WHEN it is read, looked up, or traced THEN it says who signed its publish", async () => {
  const api = await signedApi();
  const id = await publish(api);
  const read = await api.send("GET", `${ORDERS}/messages`);
  expect(read.body).toMatchObject({ items: [{ id, publishedBy: SHOP }] });
  expect((await api.send("GET", `/v1/messages/${id}`)).body).toMatchObject({ id, publishedBy: SHOP });
  const traced = await api.send("GET", `/v1/messages/${id}/trace`);
  expect(traced.body).toMatchObject({ message: { id, publishedBy: SHOP } });
});

it("GIVEN a dead letter WHEN it is read THEN it says who signed its publish", async () => {
  const api = await signedApi();
  const id = await publish(api);
  const [message] = await received(api);
  const results = [{ receipt: message?.receipt, outcome: "reject" }];
  await api.send("POST", `${AUDIT}/settle`, { results });
  const letter = await api.send("GET", `${AUDIT}/dead-letters/${id}`);
  expect(letter.body).toMatchObject({ id, publishedBy: SHOP });
});
