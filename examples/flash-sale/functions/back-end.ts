import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { BEARS_PER_SECOND } from "../limits.js";

/** Counts what came when the back end had enough already. */
export const REFUSED = "refused";

/** Plays a system of long ago that bears so many orders a second, and fails when it gets more. */
export class BackEnd {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  /** @throws if these are too many for the second */
  async take(orders: number, atMs: number): Promise<void> {
    try {
      await this.#count(`second-${Math.floor(atMs / 1_000)}`, orders, BEARS_PER_SECOND - orders);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      await this.#count(REFUSED, orders, Number.MAX_SAFE_INTEGER);
      throw new Error(`the back end bears ${BEARS_PER_SECOND} orders a second, and gets more`, {
        cause: error,
      });
    }
  }

  async #count(second: string, orders: number, before: number): Promise<void> {
    await this.client.send(
      new UpdateCommand({
        TableName: this.table,
        Key: { second },
        UpdateExpression: "ADD orders :orders",
        ConditionExpression: "attribute_not_exists(orders) OR orders <= :before",
        ExpressionAttributeValues: { ":orders": orders, ":before": before },
      }),
    );
  }
}
