import { type QueryCommandInput, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { InvalidRequest } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/ports/topic-store.js";
import type { DynamoDb } from "./client.js";
import { translated } from "./errors.js";

const encode = (sk: string): string => Buffer.from(`k:${sk}`).toString("base64url");

function decode(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (!text.startsWith("k:")) {
    throw new InvalidRequest([
      { path: "cursor", detail: "is none of ours: pass on the nextCursor of the page before" },
    ]);
  }
  return text.slice(2);
}

/** The item collection that a page is taken from. */
export interface Collection<T> {
  readonly pk: string;
  readonly prefix?: string;
  /** undefined: no item of the list. */
  readonly read: (item: Record<string, unknown>) => T | undefined;
}

/** A page of a collection, in the order of its sort keys. */
export async function pageOf<T>(
  { client, tables }: DynamoDb,
  { pk, prefix, read }: Collection<T>,
  { limit, cursor }: PageRequest,
): Promise<Page<T>> {
  const start = cursor === undefined ? {} : { ExclusiveStartKey: { pk, sk: decode(cursor) } };
  const input: QueryCommandInput = {
    TableName: tables.state,
    KeyConditionExpression: prefix === undefined ? "pk = :pk" : "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": pk, ...(prefix === undefined ? {} : { ":prefix": prefix }) },
    ConsistentRead: true,
    Limit: limit,
    ...start,
  };
  const { Items = [], LastEvaluatedKey } = await translated("listing", () =>
    client.send(new QueryCommand(input)),
  );
  const items = Items.map(read).filter((item): item is T & {} => item !== undefined);
  return { items, ...(LastEvaluatedKey ? { nextCursor: encode(String(LastEvaluatedKey.sk)) } : {}) };
}
