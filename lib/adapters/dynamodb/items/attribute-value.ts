/**
 * DynamoDB's form of the value types that the tables use. The document client translates responses, but not the items
 * inside errors.
 */
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

/** What the document client would return; null for any other type. */
function plainValue({ S, N, BOOL, B, L, M, NS }: AttributeValue): unknown {
  if (N !== undefined) return Number(N);
  if (L !== undefined) return L.map(plainValue);
  if (M !== undefined) return plainItem(M);
  if (NS !== undefined) return new Set(NS.map(Number));
  return S ?? BOOL ?? B ?? null;
}

export const plainItem = (item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
