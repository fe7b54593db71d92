import { InvalidRequest } from "./errors.js";

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; opaque. */
  readonly nextCursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

const MARK = "k:";

/** The cursor of the page after the item with this key. */
export const cursorBehind = (key: string): string => Buffer.from(`${MARK}${key}`).toString("base64url");

/** The key in a cursor. @throws {InvalidRequest} if the cursor is not from this API. */
export function keyIn(cursor: string, isKey: (key: string) => boolean = () => true): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const key = text.slice(MARK.length);
  if (text.startsWith(MARK) && isKey(key)) return key;
  throw new InvalidRequest([
    { path: "cursor", detail: "is not a cursor from this API: use the nextCursor of the previous page" },
  ]);
}
