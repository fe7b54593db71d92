/** What DynamoDB calls an item, keys and names included, that it does not take. */
export const ITEM_LIMIT_BYTES = 400 * 1_024;
/** What the items of one transaction may have together. */
export const TRANSACTION_LIMIT_BYTES = 4 * 1_024 * 1_024;
export const TRANSACTION_LIMIT_ITEMS = 100;

/**
 * The size of an item after "Item sizes and formats" of the developer guide: nothing that it holds is counted for less
 * than it is.
 */
export const itemBytes = (item: object): number =>
  Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

/** Beside what a list, a set or a map holds: three bytes, and one for each element. */
const OVERHEAD_BYTES = 3;

function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  // Two digits a byte, and one more.
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set || Array.isArray(value)) return elementBytes([...(value as Iterable<unknown>)]);
  if (typeof value !== "object" || value === null) return 1;
  return itemBytes(value) + OVERHEAD_BYTES + Object.keys(value).length;
}

const elementBytes = (elements: readonly unknown[]): number =>
  elements.reduce<number>((sum, element) => sum + sizeOf(element) + 1, OVERHEAD_BYTES);
