import { StoredFormatTooNew } from "../../../domain/errors.js";

/**
 * The format of a stored item, as major × 100 + minor, in the attribute `f` of every item (docs/stored-items.md). This
 * release reads and rewrites newer minor formats, and refuses a newer major one.
 */
export const FORMAT = 100;
/** A cursor that holds leases: a release that does not know them would drop them with its next move of the head. */
export const FORMAT_WITH_LEASES = 200;
/** A slot packed with Brotli: a release that does not know it would set its messages aside as damaged. */
export const FORMAT_WITH_BROTLI = 200;
/** A subscription with a filter, and what is made of it: a release that knows no filters would deliver everything. */
export const FORMAT_WITH_FILTER = 300;
/** A record of a mended message: a release that does not know them would deliver what was published. */
export const FORMAT_WITH_MENDED = 300;
/**
 * A subscription whose keys hold after a dead letter, and a record in which one does: a release that does not know them
 * would let the key go on, or deliver the dead letter.
 */
export const FORMAT_WITH_HOLD = 400;
const NEXT_MAJOR = 500;

/** For updates: they keep the attributes that a newer minor format added, so they keep its number too. */
export const KEEP_FORMAT = "f = if_not_exists(f, :format)";
export const KEEP_FORMAT_VALUES = { ":format": FORMAT };

/** Condition of every write to an item that may exist: an item in a newer major format is never changed or removed. */
export const IS_READABLE = "(attribute_not_exists(f) OR f < :nextMajor)";
export const IS_READABLE_VALUES = { ":nextMajor": NEXT_MAJOR };

/** Condition of a write that removes an item which somebody else may have removed. */
export const IS_THERE = {
  ConditionExpression: `attribute_exists(pk) AND ${IS_READABLE}`,
  ExpressionAttributeValues: IS_READABLE_VALUES,
};

/** Condition of a write that replaces or removes an item that was read at `version`. */
export const hasVersion = (version: number | string) => ({
  ConditionExpression: `v = :v AND ${IS_READABLE}`,
  ExpressionAttributeValues: { ":v": version, ...IS_READABLE_VALUES },
});

/** Condition of a write that removes an item whatever its version, unless one is given. */
export const atVersion = (version: number | undefined) =>
  version === undefined
    ? { ConditionExpression: IS_READABLE, ExpressionAttributeValues: IS_READABLE_VALUES }
    : hasVersion(version);

/** False for an item whose format is missing or damaged: the code that decodes it decides. */
export const isTooNew = ({ f }: Record<string, unknown>): boolean => typeof f === "number" && f >= NEXT_MAJOR;

/** Checks an item's format before it is decoded. @throws {StoredFormatTooNew} */
export function readable<T extends Record<string, unknown> | undefined>(item: T): T {
  if (item && isTooNew(item))
    throw new StoredFormatTooNew(`${String(item.pk)} ${String(item.sk ?? item.base)}`);
  return item;
}
