import { StoredFormatTooNew } from "../../../domain/errors.js";

/**
 * The format of a stored item, as major × 100 + minor, in the attribute `f` of every item (docs/stored-items.md). A
 * newer minor may be read, and rewritten, by this release; a newer major may not.
 */
export const FORMAT = 100;
const NEXT_MAJOR = 200;

/** What an update writes: it keeps what a newer minor added, and so the newer minor's mark. */
export const KEEP_FORMAT = "f = if_not_exists(f, :format)";
export const KEEP_FORMAT_VALUES = { ":format": FORMAT };

/** A condition of every write to an item that may be there: nothing that is too new is changed or removed. */
export const IS_READABLE = "(attribute_not_exists(f) OR f < :nextMajor)";
export const IS_READABLE_VALUES = { ":nextMajor": NEXT_MAJOR };

/** The condition of a write that replaces, or removes, a version that was read. */
export const hasVersion = (version: number) => ({
  ConditionExpression: `v = :v AND ${IS_READABLE}`,
  ExpressionAttributeValues: { ":v": version, ...IS_READABLE_VALUES },
});

/** An item without a format, or with a damaged one, is left to its own reader. */
export const isTooNew = ({ f }: Record<string, unknown>): boolean => typeof f === "number" && f >= NEXT_MAJOR;

/** Where each reader of an item begins. @throws {StoredFormatTooNew} */
export function readable<T extends Record<string, unknown> | undefined>(item: T): T {
  if (item && isTooNew(item))
    throw new StoredFormatTooNew(`${String(item.pk)} ${String(item.sk ?? item.base)}`);
  return item;
}
