import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { DynamoDb } from "./client.js";
import { translated } from "./errors.js";
import { queryPages, startingWith } from "./query-pages.js";

/** DynamoDB's limit for a sort key. */
const SORT_KEY_BYTES = 1_024;

/** The items that a list pages through. */
export interface Collection<T> {
  readonly pk: string;
  readonly prefix?: string;
  /** @default true */
  readonly isConsistent?: boolean;
  /** The least page size after a first page that did not suffice. @default as the first */
  readonly nextLimit?: number;
  /** The attributes that are read. @default all */
  readonly projection?: string;
  /** undefined for an item that does not belong in the list. */
  readonly read: (item: Record<string, unknown>) => T | undefined;
}

/** A page in the order of the sort keys, full unless it is the last one. */
export const pageOf = <T>(
  db: DynamoDb,
  collection: Collection<T>,
  { limit, cursor }: PageRequest,
): Promise<Page<T>> =>
  translated("listing", async () => {
    const found: { readonly sk: string; readonly item: T & {} }[] = [];
    for await (const items of queryPages(db, queryOf(collection, limit, cursor), collection.nextLimit)) {
      for (const stored of items) {
        const item = collection.read(stored);
        if (item !== undefined && item !== null) found.push({ sk: String(stored.sk), item });
      }
      if (found.length > limit) break;
    }
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(({ item }) => item),
      ...(last && found.length > limit ? { nextCursor: cursorBehind(last.sk) } : {}),
    };
  });

function queryOf<T>(
  { pk, prefix = "", isConsistent = true, projection }: Collection<T>,
  limit: number,
  cursor: string | undefined,
) {
  const isKey = (sk: string): boolean =>
    sk !== "" && sk.startsWith(prefix) && Buffer.byteLength(sk) <= SORT_KEY_BYTES;
  const everything = {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": pk },
  };
  return {
    ...(prefix === "" ? everything : startingWith(pk, prefix)),
    ConsistentRead: isConsistent,
    ...(projection === undefined ? {} : { ProjectionExpression: projection }),
    // One item more than asked for shows whether there is another page.
    Limit: limit + 1,
    ...(cursor === undefined ? {} : { ExclusiveStartKey: { pk, sk: keyIn(cursor, isKey) } }),
  };
}
