import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { InvalidRequest } from "../../domain/errors.js";
import type { DynamoDb } from "./client.js";
import { translated } from "./errors.js";
import type { Page, PageRequest } from "../../domain/page.js";

const MARK = "k:";
/** What a sort key can have. */
const SORT_KEY_BYTES = 1_024;

const encode = (sk: string): string => Buffer.from(`${MARK}${sk}`).toString("base64url");

function decode(cursor: string, prefix: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const sk = text.slice(MARK.length);
  const isFromHere = text.startsWith(MARK) && sk.startsWith(prefix) && sk !== "";
  if (!isFromHere || Buffer.byteLength(sk) > SORT_KEY_BYTES) {
    throw new InvalidRequest([
      { path: "cursor", detail: "is not a cursor from this API: pass on the nextCursor of the page before" },
    ]);
  }
  return sk;
}

/** The item collection that a page is taken from. */
export interface Collection<T> {
  readonly pk: string;
  readonly prefix?: string;
  /** undefined where the item is not one of the list. */
  readonly read: (item: Record<string, unknown>) => T | undefined;
}

/** A page of a collection, in the order of its sort keys: full, unless it is the last. Strongly consistent. */
export async function pageOf<T>(
  db: DynamoDb,
  { pk, prefix = "", read }: Collection<T>,
  { limit, cursor }: PageRequest,
): Promise<Page<T>> {
  const found: { readonly sk: string; readonly item: T & {} }[] = [];
  let after = cursor === undefined ? undefined : decode(cursor, prefix);
  do {
    // One more than is wanted shows whether there is another page.
    const query = { pk, prefix, after, limit: limit + 1 - found.length };
    const { items, next } = await translated("listing", () => queryPage(db, query));
    for (const stored of items) {
      const item = read(stored);
      if (item !== undefined && item !== null) found.push({ sk: String(stored.sk), item });
    }
    after = next;
  } while (after !== undefined && found.length <= limit);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(last && found.length > limit ? { nextCursor: encode(last.sk) } : {}),
  };
}

interface PageQuery {
  readonly pk: string;
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

async function queryPage({ client, tables }: DynamoDb, { pk, prefix, after, limit }: PageQuery) {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tables.state,
      KeyConditionExpression: prefix === "" ? "pk = :pk" : "pk = :pk AND begins_with(sk, :prefix)",
      ExpressionAttributeValues: { ":pk": pk, ...(prefix === "" ? {} : { ":prefix": prefix }) },
      ConsistentRead: true,
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: after } }),
    }),
  );
  return { items: Items, next: LastEvaluatedKey ? String(LastEvaluatedKey.sk) : undefined };
}
