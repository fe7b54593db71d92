import { BatchDeleteCommand, QueryCommand } from "./commands.js";
import type { DynamoDb } from "./client.js";

/** BatchWriteItem's limit. */
const BATCH_LIMIT = 25;

/** Deletes up to `limit` items with this partition key; true once none is left. Call it again for the rest. */
export async function purge({ client, tables }: DynamoDb, pk: string, limit: number): Promise<boolean> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tables.state,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ProjectionExpression: "pk, sk",
      // An empty answer ends the purge for good: a stale read would leave items behind for ever.
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  let unprocessed = 0;
  for (let from = 0; from < Items.length; from += BATCH_LIMIT) {
    const keys = Items.slice(from, from + BATCH_LIMIT).map((item) => ({ pk, sk: String(item.sk) }));
    const { UnprocessedItems = {} } = await client.send(new BatchDeleteCommand(tables.state, keys));
    unprocessed += Object.values(UnprocessedItems).flat().length;
  }
  return LastEvaluatedKey === undefined && unprocessed === 0;
}
