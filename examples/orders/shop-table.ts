import {
  type DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { type OutboxItem, outboxIdOf } from "../../lib/client/index.js";
import type { Order } from "./order.js";
import type { Shop, Written } from "./order-service.js";

export interface StoredOrder extends Order {
  readonly messageId: string;
}

export interface Product {
  readonly product: string;
  /** That are still to be had. */
  readonly left: number;
}

/** Why a transaction was cancelled, at the place of each of its items; on the wire's own form. */
interface Cancelled {
  readonly name?: unknown;
  readonly CancellationReasons?: readonly {
    readonly Code?: string;
    readonly Item?: { readonly messageId?: { readonly S?: string } };
  }[];
}

const FAILED = "ConditionalCheckFailed";

/** Orders and what there is of each product, in one table. */
export class ShopTable implements Shop {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly tableName: string,
  ) {}

  async place(order: Order, message: OutboxItem): Promise<Written> {
    const TableName = this.tableName;
    const { orderId, product, units } = order;
    const placed = {
      Put: {
        TableName,
        Item: { id: `order#${orderId}`, ...order, messageId: outboxIdOf(message) },
        ConditionExpression: "attribute_not_exists(id)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    } as const;
    const taken = {
      Update: {
        TableName,
        Key: { id: productId(product) },
        UpdateExpression: "SET #left = #left - :units",
        ConditionExpression: "#left >= :units",
        ExpressionAttributeNames: { "#left": "left" },
        ExpressionAttributeValues: { ":units": units },
      },
    };
    try {
      await this.client.send(new TransactWriteCommand({ TransactItems: [placed, taken, message] }));
      return { kind: "placed" };
    } catch (error) {
      const written = whyCancelled(error as Cancelled);
      if (written) return written;
      throw error;
    }
  }

  async setStock(products: readonly Product[]): Promise<void> {
    for (const { product, left } of products)
      await this.client.send(
        new PutCommand({ TableName: this.tableName, Item: { id: productId(product), product, left } }),
      );
  }

  async all(): Promise<{ readonly orders: readonly StoredOrder[]; readonly products: readonly Product[] }> {
    const items: Record<string, unknown>[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const from = start ? { ExclusiveStartKey: start } : {};
      const input = { TableName: this.tableName, ConsistentRead: true, ...from };
      const { Items = [], LastEvaluatedKey } = await this.client.send(new ScanCommand(input));
      items.push(...Items);
      start = LastEvaluatedKey;
    } while (start);
    return {
      orders: items.filter((item) => "orderId" in item) as unknown as readonly StoredOrder[],
      products: items.filter((item) => "left" in item) as unknown as readonly Product[],
    };
  }
}

const productId = (product: string): string => `product#${product}`;

/**
 * An order that is there already counts, though there is nothing left in stock: maybe it took the last of it itself.
 * undefined: neither, such as a conflict with another transaction.
 */
function whyCancelled({ name, CancellationReasons: reasons = [] }: Cancelled): Written | undefined {
  if (name !== "TransactionCanceledException") return undefined;
  const [order, stock] = reasons;
  const messageId = order?.Item?.messageId?.S;
  if (order?.Code === FAILED && messageId !== undefined) return { kind: "known", messageId };
  return stock?.Code === FAILED ? { kind: "sold-out" } : undefined;
}
