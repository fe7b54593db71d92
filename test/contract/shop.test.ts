import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { planOf } from "../../examples/orders/plan.js";
import { OrderService } from "../../examples/orders/order-service.js";
import { ShopTable } from "../../examples/orders/shop-table.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../adapters/endpoint.js";
import { unique } from "./builders.js";

const endpoint = endpointIn(["SLUICE_TEST_MINISTACK"], "MiniStack");
const client = new DynamoDBClient({ endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS });
const documents = DynamoDBDocumentClient.from(client);
afterAll(() => client.destroy());

async function aTable(name: string, ...keys: readonly string[]): Promise<string> {
  const TableName = unique(name);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? "HASH" : "RANGE" })),
    }),
  );
  return TableName;
}

/** A service with a stock of as many units as one order takes. */
async function aService() {
  const [order, next] = planOf("run", 6, 6).orders.filter(
    ({ product }, _, all) => product === all[0]?.product,
  );
  if (!order || !next) throw new Error("two orders of one product are planned");
  const [shopTable, outboxTable] = [await aTable("shop", "id"), await aTable("outbox", "pk", "sk")];
  const shop = new ShopTable(documents, shopTable);
  await shop.setStock([{ product: order.product, left: order.units }]);
  const messages = async () =>
    (await documents.send(new ScanCommand({ TableName: outboxTable, ConsistentRead: true }))).Items ?? [];
  return { order, next, shop, messages, service: new OrderService(shop, { outboxTable }) };
}

it("GIVEN stock WHEN an order is placed THEN it, its message and the stock are written together", async () => {
  const { order, shop, messages, service } = await aService();
  const [answer] = await service.place([order]);
  const { orders, products } = await shop.all();
  expect(answer).toMatchObject({ outcome: "placed", isKnown: false });
  expect(orders).toEqual([
    expect.objectContaining({ ...order, messageId: (answer as { messageId: string }).messageId }),
  ]);
  expect(products).toEqual([expect.objectContaining({ product: order.product, left: 0 })]);
  expect(await messages()).toHaveLength(1);
});

it("GIVEN an order that took the last units WHEN it is placed again THEN nothing changes", async () => {
  const { order, shop, messages, service } = await aService();
  const [first] = await service.place([order]);
  const before = await shop.all();
  const [again] = await service.place([order]);
  expect(again).toEqual({ ...first, isKnown: true });
  expect(await shop.all()).toEqual(before);
  expect(await messages()).toHaveLength(1);
});

it("GIVEN nothing in stock WHEN an order is placed THEN neither it nor a message is written", async () => {
  const { order, next, shop, messages, service } = await aService();
  const answers = await service.place([order, { ...next, units: 1 }]);
  expect(answers).toMatchObject([{ outcome: "placed" }, { outcome: "sold-out" }]);
  expect((await shop.all()).orders).toHaveLength(1);
  expect(await messages()).toHaveLength(1);
});
