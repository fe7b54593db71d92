import { QueryCommand, type QueryCommandInput } from "./commands.js";
import type { DynamoDb } from "./client.js";

export type StateQuery = Omit<QueryCommandInput, "TableName">;

export const startingWith = (pk: string, prefix: string) => ({
  KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
  ExpressionAttributeValues: { ":pk": pk, ":prefix": prefix },
});

/** The pages of a query. `nextLimit`: the least page size after the first page. */
export async function* queryPages(
  { client, tables }: DynamoDb,
  query: StateQuery,
  nextLimit?: number,
): AsyncGenerator<readonly Record<string, unknown>[]> {
  let input: QueryCommandInput = { ...query, TableName: tables.state };
  for (;;) {
    const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input));
    yield Items;
    if (!LastEvaluatedKey) return;
    const limit = nextLimit === undefined ? {} : { Limit: Math.max(nextLimit, input.Limit ?? 0) };
    input = { ...input, ...limit, ExclusiveStartKey: LastEvaluatedKey };
  }
}
