/** DynamoDB's limit for one item, its keys and attribute names included. */
export const ITEM_LIMIT_BYTES = 400 * 1_024;
/** The limit for all items of one transaction together. */
export const TRANSACTION_LIMIT_BYTES = 4 * 1_024 * 1_024;
export const TRANSACTION_LIMIT_ITEMS = 100;
/** What one write unit pays for. */
export const WRITE_UNIT_BYTES = 1_024;

/** An upper bound on an item's size, by "Item sizes and formats" in the DynamoDB developer guide. */
export const itemBytes = (item: object): number =>
  Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

/** What a list, set or map adds to its elements: three bytes, and one for each element. */
const OVERHEAD_BYTES = 3;

function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  // Two digits per byte, plus one byte.
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set || Array.isArray(value)) return elementBytes([...(value as Iterable<unknown>)]);
  if (typeof value !== "object" || value === null) return 1;
  return itemBytes(value) + OVERHEAD_BYTES + Object.keys(value).length;
}

const elementBytes = (elements: readonly unknown[]): number =>
  elements.reduce<number>((sum, element) => sum + sizeOf(element) + 1, OVERHEAD_BYTES);
