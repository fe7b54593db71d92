import { anApi } from "./an-api.js";

const SCHEMA = {
  type: "object",
  required: ["order"],
  properties: { order: { type: "string", pattern: "^[0-9]+$" }, items: { items: { type: "number" } } },
};

async function withSchema(schema: unknown = SCHEMA) {
  const api = anApi();
  expect((await api.send("PUT", "/v1/topics/orders", { schema })).status).toBe(201);
  return api;
}

it("GIVEN a topic with a schema WHEN it is changed THEN its schema is there until it is taken away", async () => {
  const api = await withSchema();
  expect((await api.send("GET", "/v1/topics/orders")).body).toMatchObject({ schema: SCHEMA });
  const listed = await api.send("GET", "/v1/topics");
  expect(listed.body).toMatchObject({ items: [{ name: "orders", schema: SCHEMA }] });
  expect((await api.send("PATCH", "/v1/topics/orders", { description: "x" })).body).toMatchObject({
    schema: SCHEMA,
  });
  expect((await api.send("PATCH", "/v1/topics/orders", { schema: null })).body).not.toHaveProperty("schema");
  expect((await api.send("PATCH", "/v1/topics/orders", { schema: SCHEMA })).body).toMatchObject({
    schema: SCHEMA,
  });
  expect((await api.send("PUT", "/v1/topics/orders", {})).body).not.toHaveProperty("schema");
});

it.each([
  ["text", '"{}"', "schema", "must be an object: a JSON Schema, or null for none"],
  ["a list", "[]", "schema", "must be an object: a JSON Schema, or null for none"],
  ["a wrong type", '{"type":"txt"}', "schema.type", expect.stringContaining("must be")],
  ["a misspelt word", '{"requird":[]}', "schema", expect.stringContaining("requird")],
  ["a number that is not exact", '{"maximum":9007199254740993}', "schema.maximum", expect.anything()],
  ["a remote schema", '{"$ref":"https://example.com/x"}', "schema", expect.stringContaining("resolve")],
])(
  "GIVEN %s WHEN it is to be a schema THEN it is refused with its place",
  async (_, schema, path, detail) => {
    const api = anApi();
    const headers = { "content-type": "application/json" };
    const { code, errors } = await api.problem("PUT", "/v1/topics/orders", `{"schema":${schema}}`, headers);
    expect(code).toBe("invalid-request");
    expect(errors).toContainEqual({ path, detail });
  },
);

it("GIVEN a batch WHEN one body does not fit THEN it alone is refused, and each fault is told", async () => {
  const api = await withSchema();
  const messages = [
    { body: { order: "1" } },
    { body: { order: "x", items: [1, "2"] } },
    { bodyBase64: "AAA=" },
  ];
  const { status, body } = await api.send("POST", "/v1/topics/orders/messages", { messages });
  expect([status, body]).toMatchObject([
    200,
    {
      failed: 2,
      messages: [
        { id: expect.anything() },
        {
          error: {
            code: "schema-violated",
            status: 422,
            errors: [
              { path: "messages[1].body.order", detail: 'must match pattern "^[0-9]+$"' },
              { path: "messages[1].body.items[1]", detail: "must be number" },
            ],
          },
        },
        {
          error: { errors: [{ path: "messages[2].body", detail: expect.stringContaining("must be JSON") }] },
        },
      ],
    },
  ]);
});

it("GIVEN a raw publish WHEN its body does not fit THEN it is a problem", async () => {
  const api = await withSchema();
  const path = "/v1/topics/orders/messages/raw";
  const json = { "content-type": "application/json" };
  expect(await api.problem("POST", path, "{}", json)).toMatchObject({
    status: 422,
    code: "schema-violated",
    errors: [{ path: "body.order", detail: "is required" }],
  });
  expect((await api.problem("POST", path, "x", { "content-type": "text/plain" })).code).toBe(
    "schema-violated",
  );
  expect((await api.send("POST", path, '{"order":"1"}', json)).status).toBe(200);
});

it("GIVEN all or nothing WHEN one body does not fit THEN all of it is refused", async () => {
  const api = await withSchema();
  const sent = { atomic: true, messages: [{ body: { order: "1" } }, { body: {} }] };
  expect(await api.problem("POST", "/v1/topics/orders/messages", sent)).toMatchObject({
    status: 422,
    errors: [{ path: "messages[1].body.order", detail: "is required" }],
  });
});

it("GIVEN a publish to several topics WHEN one body does not fit THEN the others are stored", async () => {
  const api = await withSchema();
  await api.send("PUT", "/v1/topics/audit", {});
  const messages = [
    { topic: "orders", body: {} },
    { topic: "audit", body: {} },
  ];
  const { body } = await api.send("POST", "/v1/publish", { messages });
  expect(body).toMatchObject({
    messages: [{ error: { code: "schema-violated" } }, { id: expect.anything() }],
  });
});

it("GIVEN a schema that is changed WHEN more is published THEN the new one holds", async () => {
  const api = await withSchema();
  const publish = async () =>
    (await api.send("POST", "/v1/topics/orders/messages", { messages: [{ body: {} }] })).body;
  expect(await publish()).toMatchObject({ failed: 1 });
  await api.send("PATCH", "/v1/topics/orders", { schema: { type: "object" } });
  expect(await publish()).not.toHaveProperty("failed");
});
