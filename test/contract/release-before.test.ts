import { openSegments } from "../../lib/adapters/s3/open-segments.js";
import { ScanCommand } from "../../lib/adapters/dynamodb/commands.js";
import { engineFor } from "../../lib/aws-engine.js";
import { handlerFor } from "../../lambdas/api.js";
import { type TestTables, createTables } from "../adapters/dynamodb/tables.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../adapters/endpoint.js";
import { type Send, type ServedRelease, aServedRelease, sendTo } from "../upgrade/a-served-release.js";
import {
  KINDS,
  type Left,
  PUBLISHED_WITH_KEY,
  TO_TOPICS,
  readsOf,
  writeEachKind,
} from "../upgrade/each-kind.js";
import type { GatewayEvent } from "../../lambdas/api/gateway.js";

jest.setTimeout(120_000);

const endpoint = endpointIn(["SLUICE_TEST_DYNAMODB", "SLUICE_TEST_MINISTACK"], "DynamoDB emulator");

/** The APIs of two releases on one pair of tables, and what the first of them wrote. */
interface Both {
  readonly tables: TestTables;
  readonly writer: Send;
  readonly reader: Send;
  readonly left: Left;
}

const made: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const undo of made.reverse()) await undo();
});

async function both(writes: "before" | "now"): Promise<Both> {
  const tables = await createTables(endpoint);
  made.push(() => tables.drop());
  const environment = {
    ...{ SLUICE_LOG_TABLE: tables.tables.log, SLUICE_STATE_TABLE: tables.tables.state },
    ...{ SLUICE_OUTBOX_TABLE: tables.tables.outbox, SLUICE_BUCKET: "none", SLUICE_QUEUE: "upgrade" },
    ...{ SLUICE_PUMP_FUNCTION: "none:live", SLUICE_CLOCK_FUNCTION: "none:live" },
    ...{ POWERTOOLS_LOG_LEVEL: "SILENT", AWS_ENDPOINT_URL: endpoint, AWS_REGION: TEST_REGION },
    AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  };
  Object.assign(process.env, environment);
  const before: ServedRelease = await aServedRelease(environment);
  made.push(before.stop);
  const handle = handlerFor(engineFor(environment, openSegments));
  const now = sendTo((event) => handle(event as GatewayEvent));
  const [writer, reader] = writes === "before" ? [before.send, now] : [now, before.send];
  return { tables, writer, reader, left: await writeEachKind(writer) };
}

/** Every key of the state table, and whether there are slots. */
async function keysIn({ client, tables }: TestTables): Promise<readonly string[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tables.state }));
  return Items.map(({ pk, sk }) => `${String(pk)}|${String(sk)}`);
}

/** Ages differ from one moment to the next. */
const steady = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, inner: unknown) => (name === "oldestUnackedAgeSeconds" ? 0 : inner)),
  );

describe.each(["before", "now"] as const)("what the release %s wrote", (writes) => {
  let all: Both;
  beforeAll(async () => {
    all = await both(writes);
  });

  it("has each kind of item that requests bring about", async () => {
    const keys = await keysIn(all.tables);
    const missing = Object.entries(KINDS).flatMap(([kind, pattern]) =>
      keys.some((key) => pattern.test(key)) ? [] : [kind],
    );
    expect(missing).toEqual([]);
  });

  it("is read alike by the other one", async () => {
    for (const path of readsOf(all.left)) {
      const [own, others] = [await all.writer("GET", path), await all.reader("GET", path)];
      // The later of the two may know more of it.
      const [before, now] = writes === "before" ? [own, others] : [others, own];
      expect([path, before.status]).toEqual([path, 200]);
      expect({ path, ...(steady(now) as object) }).toMatchObject({ path, ...(steady(before) as object) });
    }
  });

  it("is gone on with by the other one", async () => {
    const { writer, reader, left } = all;
    const again = { "idempotency-key": "request-1" };
    const [first, second] = [
      await writer("POST", "/v1/topics/orders/messages", PUBLISHED_WITH_KEY, again),
      await reader("POST", "/v1/topics/orders/messages", PUBLISHED_WITH_KEY, again),
    ];
    expect(second).toEqual(first);
    const key = { "idempotency-key": "request-2" };
    const toTopics = await reader("POST", "/v1/publish", TO_TOPICS, key);
    expect(toTopics).toEqual(await writer("POST", "/v1/publish", TO_TOPICS, key));
    const settled = await reader("POST", "/v1/topics/orders/subscriptions/audit/settle", {
      results: [{ receipt: left.receipt, outcome: "ack" }],
    });
    expect(settled.body).toEqual({ results: [{ status: "ok" }] });
    expect((await reader("DELETE", `/v1/messages/${left.scheduled}`)).status).toBe(204);
    const redriven = await reader("POST", "/v1/topics/orders/subscriptions/audit/dead-letters/redrive", {
      ids: [left.dead],
    });
    expect(redriven.status).toBe(200);
    expect((await writer("GET", `/v1/messages/${left.dead}`)).status).toBe(200);
    expect((await reader("PATCH", "/v1/topics/orders/schedules/nightly", { paused: true })).status).toBe(200);
    expect((await writer("GET", "/v1/topics/orders/schedules/nightly")).body).toMatchObject({ paused: true });
  });
});
