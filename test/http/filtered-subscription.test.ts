import { AUDIT, ORDERS, anApiWithTopic } from "./an-api.js";

const JSON_TYPE = { "content-type": "application/json" };
/** With a number that a double cannot hold, and a space that somebody may want to keep. */
const EXACT = '{ "body.n":[9007199254740993]}';

it("GIVEN a filter WHEN a subscription is made, shown and listed THEN it is there as it was sent", async () => {
  const api = await anApiWithTopic();
  const path = `${ORDERS}/subscriptions/exact`;
  const made = await api.send("PUT", path, `{"filter":${EXACT}}`, JSON_TYPE);
  expect([made.status, made.text.includes(EXACT)]).toEqual([201, true]);
  expect((await api.send("GET", path)).text).toContain(`"filter":${EXACT}}`);
  const list = await api.send("GET", `${ORDERS}/subscriptions?limit=1`);
  expect(list.body).toMatchObject({ items: [{ name: "audit" }], nextCursor: expect.any(String) as string });
  expect((await api.send("GET", `${ORDERS}/subscriptions`)).text).toContain(`"filter":${EXACT}`);
  expect((await api.send("POST", `${path}/seek`, { to: "earliest" })).text).toContain(EXACT);
});

it("GIVEN a filter WHEN it is patched, left alone, and taken away THEN each is shown", async () => {
  const api = await anApiWithTopic();
  const filter = { tag: ["created"] };
  expect((await api.send("PATCH", AUDIT, { filter })).body).toMatchObject({ filter });
  expect((await api.send("PATCH", AUDIT, { ackDeadlineSeconds: 5 })).body).toMatchObject({ filter });
  expect((await api.send("PATCH", AUDIT, { filter: null })).body).not.toHaveProperty("filter");
  expect((await api.send("PUT", AUDIT, { filter })).body).toMatchObject({ filter });
  expect((await api.send("PUT", AUDIT, {})).body).not.toHaveProperty("filter");
});

it("GIVEN several mistakes WHEN a filter is set THEN each is told with its place, and nothing is changed", async () => {
  const api = await anApiWithTopic();
  const wrong = '{"tag":["a"],"tag":["b"],"body":{"a":[{"numeric":["<"]}]},"source":["x"]}';
  const problem = await api.problem("PATCH", AUDIT, `{"filter":${wrong},"paused":true}`, JSON_TYPE);
  expect(problem).toMatchObject({ status: 400, code: "invalid-request" });
  expect(problem.errors?.map(({ path }) => path)).toEqual([
    "filter.tag",
    "filter.body.a[0].numeric[1]",
    "filter.source",
  ]);
  expect((await api.send("GET", AUDIT)).body).toMatchObject({ paused: false });
});

it("GIVEN a number elsewhere that a double cannot hold WHEN it is set THEN it is refused as ever", async () => {
  const api = await anApiWithTopic();
  const problem = await api.problem("PATCH", AUDIT, '{"ackDeadlineSeconds":9007199254740993}', JSON_TYPE);
  expect(problem.code).toBe("invalid-request");
});

it("GIVEN a filter WHEN messages are received THEN those come that match", async () => {
  const api = await anApiWithTopic();
  await api.send("PATCH", AUDIT, {
    filter: { "body.total": [{ numeric: [">", 100] }], "attributes.region": ["eu"] },
  });
  const messages = [5, 120, 500].flatMap((total) =>
    ["eu", "us"].map((region) => ({ body: { total }, attributes: { region } })),
  );
  await api.send("POST", `${ORDERS}/messages`, { messages });
  const { body } = await api.send("POST", `${AUDIT}/receive`, { maxMessages: 10, waitSeconds: 0 });
  const received = (body as { messages: { body: unknown }[] }).messages;
  expect(received.map((message) => message.body)).toEqual([{ total: 120 }, { total: 500 }]);
});
