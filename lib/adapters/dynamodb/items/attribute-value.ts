/**
 * A value as DynamoDB writes it, of the kinds that the tables hold. The document client translates answers, but leaves
 * the items in errors as they are.
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

/** The value as the document client would give it; null for any other kind. */
function plainValue({ S, N, BOOL, B, L, M, NS }: AttributeValue): unknown {
  if (N !== undefined) return Number(N);
  if (L !== undefined) return L.map(plainValue);
  if (M !== undefined) return plainItem(M);
  if (NS !== undefined) return new Set(NS.map(Number));
  return S ?? BOOL ?? B ?? null;
}

export const plainItem = (item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
