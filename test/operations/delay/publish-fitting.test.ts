import { putTopic } from "../../../lib/operations/manage/topics.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import { loggedIn } from "../an-outbox.js";
import { START_MS, aDeployment, aText } from "../a-deployment.js";

const SCHEMA = JSON.stringify({ type: "object", required: ["number"] });
const LOOSE = JSON.stringify({ type: "object" });

async function withSchema() {
  const deployment = aDeployment();
  const engine = deployment.process();
  await putTopic(engine, "orders", { partitions: 1, schema: SCHEMA });
  const stored = () => loggedIn(deployment.storage).flatMap((slot) => slot.map(({ body }) => body));
  return { ...deployment, engine, stored };
}

const aDraft = (body: string, more: { deliverAtMs?: number; index?: number } = {}) => ({
  content: aText(body, { contentType: "application/json" }),
  ...more,
});

it("GIVEN a batch WHEN some bodies do not fit THEN the others are stored, each with its own answer", async () => {
  const { engine, stored, telemetry } = await withSchema();
  const later = { deliverAtMs: START_MS + 60_000 };
  const bodies = [aDraft('{"number":1}'), aDraft("{}"), aDraft("{}", later), aDraft('{"number":2}', later)];
  const results = await publishOrDelay(engine, "orders", bodies);
  expect(results.map(({ kind }) => kind)).toEqual(["published", "failed", "failed", "scheduled"]);
  expect(results[1]).toMatchObject({ error: { code: "schema-violated" } });
  expect(stored()).toEqual(['{"number":1}']);
  expect(telemetry.events.filter(({ name }) => name === "schema-violated")).toMatchObject([
    { level: "info", fields: { topic: "orders", messages: 2 } },
  ]);
});

it("GIVEN no body that fits WHEN a batch is published THEN nothing is stored", async () => {
  const { engine, stored } = await withSchema();
  const results = await publishOrDelay(engine, "orders", [aDraft("{}"), aDraft("1")]);
  expect(results.map(({ kind }) => kind)).toEqual(["failed", "failed"]);
  expect(stored()).toEqual([]);
});

describe("a request that may be sent again", () => {
  const request = { key: "k", fingerprint: "same" };
  const drafts = [aDraft("{}", { index: 0 }), aDraft('{"number":1}', { index: 1 })];

  it("GIVEN one body that does not fit WHEN it is sent THEN nothing is stored, and each is told why", async () => {
    const { engine, stored } = await withSchema();
    const results = await publishOrDelay(engine, "orders", drafts, request);
    expect(results).toMatchObject([
      { kind: "failed", error: { code: "schema-violated" } },
      {
        kind: "failed",
        error: { code: "invalid-request", message: expect.stringContaining("another message") },
      },
    ]);
    expect(stored()).toEqual([]);
  });

  it("GIVEN a schema that is loosened WHEN it is sent again, twice THEN each message is stored once", async () => {
    const { engine, stored } = await withSchema();
    await publishOrDelay(engine, "orders", drafts, request);
    await changeTopic(engine, "orders", { schema: LOOSE });
    const [second, third] = [
      await publishOrDelay(engine, "orders", drafts, request),
      await publishOrDelay(engine, "orders", drafts, request),
    ];
    expect(second.map(({ kind }) => kind)).toEqual(["published", "published"]);
    expect(third).toEqual(second);
    expect(stored()).toEqual(["{}", '{"number":1}']);
  });

  it("GIVEN a schema that is tightened WHEN it is sent again THEN nothing is stored twice", async () => {
    const { engine, stored } = await withSchema();
    await changeTopic(engine, "orders", { schema: null });
    await publishOrDelay(engine, "orders", drafts, request);
    await changeTopic(engine, "orders", { schema: SCHEMA });
    await publishOrDelay(engine, "orders", drafts, request);
    expect(stored()).toEqual(["{}", '{"number":1}']);
  });
});
