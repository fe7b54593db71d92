import { type Page, type PageRequest, cursorBehind, keyIn } from "../../domain/page.js";
import type { SortedMap } from "./sorted-map.js";

/** A page of `all` in the order of its keys. Leaves out what `read` returns undefined for. */
export function pageOf<V, T>(
  all: SortedMap<V>,
  read: (value: V) => T | undefined,
  { limit, cursor }: PageRequest,
): Page<T> {
  const items: T[] = [];
  let lastKey: string | undefined;
  for (const [key, value] of all.entries(cursor === undefined ? undefined : keyIn(cursor))) {
    const item = read(value);
    if (item === undefined) continue;
    if (items.length === limit) return { items, ...(lastKey ? { nextCursor: cursorBehind(lastKey) } : {}) };
    items.push(item);
    lastKey = key;
  }
  return { items };
}
