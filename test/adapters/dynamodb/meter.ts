import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** Counts what is paid for: the write units of every call since the last look. */
export interface Meter {
  take(): number;
}

type Item = Readonly<Record<string, unknown>>;
interface Consumed {
  readonly CapacityUnits?: number;
}
interface Write {
  readonly Put?: { readonly Item: Item };
}

const UNIT_BYTES = 1_024;

/**
 * Has each write say what it cost, and adds it up. A transaction's price is worked out, two units for each KB of each
 * item: DynamoDB Local says two for a table, however many items of it are written.
 */
export function meter(client: DynamoDBDocumentClient): Meter {
  let units = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as unknown as Record<string, unknown>;
      if ("ConsistentRead" in input) return await next(args);
      const metered = { ...args, input: { ...input, ReturnConsumedCapacity: "TOTAL" } };
      const answer = await next(metered);
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: Consumed };
      units += Array.isArray(input.TransactItems)
        ? transactionUnits(input.TransactItems as readonly Write[])
        : (ConsumedCapacity?.CapacityUnits ?? 0);
      return answer;
    },
    { step: "initialize", name: "meter" },
  );
  return {
    take: () => {
      const taken = units;
      units = 0;
      return taken;
    },
  };
}

/** What is updated or deleted is smaller than a KB in these tests: only puts are weighed. */
const transactionUnits = (writes: readonly Write[]): number =>
  writes.reduce((sum, { Put }) => sum + 2 * Math.ceil((Put ? sizeOf(Put.Item) : 1) / UNIT_BYTES), 0);

/** After "Item sizes and formats" of the developer guide. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set || Array.isArray(value))
    return [...(value as Iterable<unknown>)].reduce<number>((sum, element) => sum + sizeOf(element) + 1, 3);
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce(
    (sum, [name, inner]) => sum + Buffer.byteLength(name) + sizeOf(inner),
    0,
  );
}
