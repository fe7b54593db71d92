import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { CONSUMERS } from "../../../examples/ecommerce/consumers.js";
import { SluiceClient } from "../../../lib/client/index.js";
import { deploy } from "../../../local/deploy.js";
import { localDeployment } from "../../../local/local-file.js";
import { bundleFunctions } from "../../../scripts/bundle-functions.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../../adapters/endpoint.js";
import { unique } from "../../contract/builders.js";
import { type Dispatcher, dispatcherOf } from "./a-dispatcher.js";
import { eventually } from "../eventually.js";

const PATIENCE_MS = 400_000;
/** Eleven attempts with growing pauses. */
const GIVEN_UP_PATIENCE_MS = 200_000;
/** The clock sweeps once a minute. */
const SWEEP_PATIENCE_MS = 150_000;
jest.setTimeout(PATIENCE_MS);

let dispatcher: Dispatcher;
/** Publishes an order, and gives its id. */
let order: () => Promise<string>;
/** The consumers that have it. */
let consumersOf: (orderId: string) => Promise<readonly string[]>;

beforeAll(async () => {
  const endpointUrl = endpointIn(["SLUICE_E2E_ENDPOINT"], "LocalStack");
  await bundleFunctions();
  const outputs = await deploy({
    app: "examples/ecommerce/app.ts",
    stack: "SluiceEcommerce",
    endpointUrl,
    context: { auth: "none", endpoint: "rest" },
  });
  const { apiUrl, tables } = localDeployment(endpointUrl, outputs, "prod");
  dispatcher = await dispatcherOf(endpointUrl, tables.log);
  const settings = { endpoint: endpointUrl, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  const db = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  const queue = new SluiceClient({ apiUrl, auth: "none" });
  order = async () => {
    const orderId = unique("order");
    await queue.publish("orders", [{ body: { orderId } }]);
    return orderId;
  };
  consumersOf = async (orderId) => {
    const hasIt = async (consumer: string): Promise<readonly string[]> => {
      const TableName = outputs[`${consumer}TableName`];
      const { Item } = await db.send(new GetCommand({ TableName, Key: { orderId }, ConsistentRead: true }));
      return Item ? [consumer] : [];
    };
    return (await Promise.all(CONSUMERS.map(hasIt))).flat();
  };
});

const allConsumersHave = (orderId: string, patienceMs?: number) =>
  eventually(
    "the order at every consumer",
    () => consumersOf(orderId),
    (have) => have.length === CONSUMERS.length,
    patienceMs,
  );

it("has the stream ring again for a doorbell that it could not answer", async () => {
  // GIVEN
  const startedMs = Date.now();
  const dispatched = () => dispatcher.logged("dispatched", startedMs);
  const mend = await dispatcher.breakBy({ SLUICE_STATE_TABLE: "no-such-table" });
  const orderId = await order();
  await eventually("a doorbell that failed", dispatched, (logged) =>
    logged.some(({ failed }) => failed === 1),
  );
  // WHEN
  await mend();
  // THEN
  await eventually("the same one, answered", dispatched, (logged) => logged.at(-1)?.failed === 0);
  await allConsumersHave(orderId);
  expect(await dispatcher.givenUp()).toBe(0);
});

it("that cannot even start delays messages until the clock's sweep, and loses none", async () => {
  // GIVEN
  const mend = await dispatcher.breakBy({ SLUICE_STATE_TABLE: undefined });
  // WHEN
  const orderId = await order();
  // THEN
  await allConsumersHave(orderId, SWEEP_PATIENCE_MS);
  await eventually(
    "the doorbell in the queue of those that were given up",
    () => dispatcher.givenUp(),
    (count) => count === 1,
    GIVEN_UP_PATIENCE_MS,
  );
  // WHEN
  const mendedMs = Date.now();
  await mend();
  const next = await order();
  // THEN
  await allConsumersHave(next);
  const dispatched = await dispatcher.logged("dispatched", mendedMs);
  expect(dispatched.map(({ failed }) => failed)).toContain(0);
});
