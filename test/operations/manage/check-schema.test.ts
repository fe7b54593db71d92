import { SCHEMA_BYTES_AT_MOST } from "../../../lib/domain/topic.js";
import { checkSchema } from "../../../lib/operations/manage/check-schema.js";
import { changeTopic, getTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment } from "../a-deployment.js";

const SCHEMA = '{"type":"object"}';

const anEngine = () => aDeployment().process();

it("GIVEN a wrong schema WHEN it is checked THEN each fault has its place below `schema`", async () => {
  const wrong = checkSchema(anEngine(), '{"type":"object","properties":{"a":{"type":"txt"}}}');
  await expect(wrong).rejects.toMatchObject({
    code: "invalid-request",
    errors: expect.arrayContaining([expect.objectContaining({ path: "schema.properties.a.type" })]),
  });
});

it("GIVEN a schema that is too long in bytes WHEN it is checked THEN it is refused before it is compiled", async () => {
  const schema = JSON.stringify({ description: "ü".repeat(SCHEMA_BYTES_AT_MOST / 2) });
  const engine = aDeployment().process(() => ({
    schemas: { compile: () => Promise.reject(new Error("it was compiled")) },
  }));
  await expect(checkSchema(engine, schema)).rejects.toMatchObject({
    errors: [{ path: "schema", detail: expect.stringContaining(`at most ${SCHEMA_BYTES_AT_MOST}`) }],
  });
});

it("GIVEN a topic WHEN a wrong schema is to be set THEN nothing is changed", async () => {
  const engine = anEngine();
  await putTopic(engine, "orders", { schema: SCHEMA });
  const wrong = { schema: '{"type":"txt"}', description: "new" };
  await expect(changeTopic(engine, "orders", wrong)).rejects.toMatchObject({ code: "invalid-request" });
  await expect(putTopic(engine, "orders", wrong)).rejects.toMatchObject({ code: "invalid-request" });
  await expect(putTopic(engine, "others", wrong)).rejects.toMatchObject({ code: "invalid-request" });
  expect(await getTopic(engine, "orders")).toMatchObject({ schema: SCHEMA, description: "" });
});

it("GIVEN a topic with a schema WHEN others of its settings change THEN it stays; null takes it away", async () => {
  const engine = anEngine();
  await putTopic(engine, "orders", { schema: SCHEMA });
  expect((await changeTopic(engine, "orders", { description: "x" })).schema).toBe(SCHEMA);
  expect(await changeTopic(engine, "orders", { schema: null })).not.toHaveProperty("schema");
  expect((await changeTopic(engine, "orders", { schema: SCHEMA })).schema).toBe(SCHEMA);
  const { value } = await putTopic(engine, "orders", {});
  expect(value).not.toHaveProperty("schema");
});
