/** DynamoDB's form of the value types that the tables use. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly B?: Uint8Array;
  readonly L?: readonly AttributeValue[];
  readonly M?: Readonly<Record<string, AttributeValue>>;
  readonly NS?: readonly string[];
  readonly NULL?: boolean;
}

type VendorItem = Readonly<Record<string, AttributeValue>>;

/** The value in our form; null for any other type. */
function plainValue({ S, N, BOOL, B, L, M, NS }: AttributeValue): unknown {
  if (N !== undefined) return Number(N);
  if (L !== undefined) return L.map(plainValue);
  if (M !== undefined) return plainItem(M);
  if (NS !== undefined) return new Set(NS.map(Number));
  return S ?? BOOL ?? B ?? null;
}

export const plainItem = (item: VendorItem): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));

/** @throws {TypeError} for a value that could not be read back as it is. */
function vendorValue(value: unknown): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: exactNumber(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: value };
  if (Array.isArray(value)) return { L: value.map(vendorValue) };
  if (value instanceof Set && value.size > 0) return { NS: [...(value as Set<number>)].map(exactNumber) };
  if (isPlainObject(value)) return { M: vendorItem(value) };
  throw new TypeError(`a value of type ${typeof value} has no form in DynamoDB`);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function exactNumber(value: number): string {
  if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  throw new TypeError(`${value} is not a number that DynamoDB would give back unchanged`);
}

/** An item in DynamoDB's form. What is undefined is left out. */
export function vendorItem(item: object): Record<string, AttributeValue> {
  const values: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item) as [string, unknown][])
    if (value !== undefined) values[name] = vendorValue(value);
  return values;
}
