import { InvalidRequest } from "../../domain/errors.js";
import type { Page, PageRequest } from "../../domain/ports/topic-store.js";

const encode = (name: string): string => Buffer.from(`n:${name}`).toString("base64url");

function decode(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (!text.startsWith("n:")) {
    throw new InvalidRequest([
      { path: "cursor", detail: "is none of ours: pass on the nextCursor of the page before" },
    ]);
  }
  return text.slice(2);
}

/** A page of what is sorted by name. */
export function pageOf<T>(
  all: readonly (readonly [name: string, value: T])[],
  { limit, cursor }: PageRequest,
): Page<T> {
  const after = cursor === undefined ? undefined : decode(cursor);
  const rest = [...all]
    .filter(([name]) => after === undefined || name > after)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const more = rest.length > limit && last ? { nextCursor: encode(last[0]) } : {};
  return { items: items.map(([, value]) => value), ...more };
}
