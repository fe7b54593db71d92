import { bodiesByTopic, together, withTopics } from "./with-topics.js";

const schema = JSON.stringify({ type: "object", required: ["number"] });
const json = { contentType: "application/json" };

it("GIVEN topics with and without a schema WHEN bodies do not fit THEN all is told, and nothing stored", async () => {
  const deployment = await withTopics({ orders: { schema }, audit: {} });
  const refused = together(deployment.process(), [
    ["orders", "[]", json],
    ["audit", "any"],
    ["orders", '{"number":1}', json],
    ["orders", "text"],
  ]);
  await expect(refused).rejects.toMatchObject({
    code: "schema-violated",
    errors: [
      { path: "messages[0].body", detail: "must be object" },
      { path: "messages[3].body", detail: "must be JSON, since the topic has a schema" },
    ],
  });
  expect(bodiesByTopic(deployment)).toEqual({});
  const told = deployment.telemetry.events.filter(({ name }) => name === "schema-violated");
  expect(told).toMatchObject([{ fields: { topic: "orders", messages: 2 } }]);
});

it("GIVEN bodies that fit WHEN they go together THEN they are stored", async () => {
  const deployment = await withTopics({ orders: { schema } });
  await together(deployment.process(), [["orders", '{"number":1}', json]]);
  expect(bodiesByTopic(deployment)).toEqual({ orders: [['{"number":1}']] });
});

it("GIVEN no time to check a body WHEN they go together THEN all may be sent again, none is stored", async () => {
  const deployment = await withTopics({ orders: { schema } });
  const hurried = deployment.process(() => ({
    schemas: { compile: () => Promise.resolve((bodies) => bodies.map(() => undefined)) },
  }));
  const refused = together(hurried, [["orders", '{"number":1}', json]]);
  await expect(refused).rejects.toMatchObject({ code: "throttled" });
  expect(bodiesByTopic(deployment)).toEqual({});
});
