import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Answer, Death, PlaceRequest } from "../order.js";
import { OrderService } from "../order-service.js";
import { ShopTable } from "../shop-table.js";

const { SHOP_TABLE = "", OUTBOX_TABLE = "" } = process.env;
const shop = new ShopTable(DynamoDBDocumentClient.from(new DynamoDBClient({})), SHOP_TABLE);

/** As by a power cut: nothing of this process is left, not even an answer. */
function die(): Promise<void> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}

const at = (dies: Death | undefined) => async (step: string, order: number) => {
  if (dies && dies.at !== "any-moment" && dies.at === step && dies.order === order) await die();
};

/** Places orders. A service in use would not hear in its request where it has to die. */
export const handler = async ({ orders, dies }: PlaceRequest): Promise<readonly Answer[]> => {
  const timer = dies?.at === "any-moment" ? setTimeout(() => void die(), dies.afterMs) : undefined;
  try {
    return await new OrderService(shop, { outboxTable: OUTBOX_TABLE, at: at(dies) }).place(orders);
  } finally {
    clearTimeout(timer);
  }
};
