import { InvalidRequest } from "../../domain/errors.js";
import type { SortedMap } from "./sorted-map.js";
import type { Page, PageRequest } from "../../domain/page.js";

const encode = (key: string): string => Buffer.from(`k:${key}`).toString("base64url");

function decode(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (!text.startsWith("k:")) {
    throw new InvalidRequest([
      { path: "cursor", detail: "is not a cursor from this API: pass on the nextCursor of the page before" },
    ]);
  }
  return text.slice(2);
}

/** A page of `all`, in the order of its keys; what `read` makes nothing of is left out. */
export function pageOf<V, T>(
  all: SortedMap<V>,
  read: (value: V) => T | undefined,
  { limit, cursor }: PageRequest,
): Page<T> {
  const items: T[] = [];
  let lastKey: string | undefined;
  for (const [key, value] of all.entries(cursor === undefined ? undefined : decode(cursor))) {
    const item = read(value);
    if (item === undefined) continue;
    if (items.length === limit) return { items, ...(lastKey ? { nextCursor: encode(lastKey) } : {}) };
    items.push(item);
    lastKey = key;
  }
  return { items };
}
