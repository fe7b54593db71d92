import type { DocumentClient } from "../lib/adapters/dynamodb/client.js";
import { type AttributeValue, plainItem } from "../lib/adapters/dynamodb/items/attribute-value.js";
import { itemBytes } from "../lib/adapters/dynamodb/items/item-size.js";

/** Counts the capacity units of all calls since it was last read. */
export interface Meter {
  /** Returns the write units and resets them. */
  take(): number;
  /** Returns the read units and resets them. */
  takeReads(): number;
}

interface Consumed {
  readonly CapacityUnits?: number;
}
interface Write {
  readonly Put?: { readonly Item: Readonly<Record<string, AttributeValue>> };
}

const UNIT_BYTES = 1_024;
/** Input fields that only our Gets, Queries and Scans have. */
const READS = ["ConsistentRead", "KeyConditionExpression", "ProjectionExpression"];

/**
 * Asks each call for its cost and adds it up. A transaction's cost is calculated, two units for each KB of each item:
 * DynamoDB Local reports two for each table, however many of its items are written. A failed write is not counted,
 * because its error does not report its cost.
 */
export function meter({ sdk }: DocumentClient): Meter {
  let writeUnits = 0;
  let readUnits = 0;
  sdk.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as unknown as Record<string, unknown>;
      const metered = { ...args, input: { ...input, ReturnConsumedCapacity: "TOTAL" } };
      const answer = await next(metered);
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: Consumed };
      if (READS.some((name) => name in input))
        readUnits += Math.max(ConsumedCapacity?.CapacityUnits ?? 0, leastReadUnits(input));
      else if (Array.isArray(input.TransactItems))
        writeUnits += transactionUnits(input.TransactItems as readonly Write[]);
      else writeUnits += ConsumedCapacity?.CapacityUnits ?? 0;
      return answer;
    },
    { step: "initialize", name: "meter" },
  );
  return {
    take: () => {
      const taken = writeUnits;
      writeUnits = 0;
      return taken;
    },
    takeReads: () => {
      const taken = readUnits;
      readUnits = 0;
      return taken;
    },
  };
}

/** AWS bills a read that finds nothing as a small one; DynamoDB Local reports nothing for it. */
const leastReadUnits = ({ ConsistentRead }: Record<string, unknown>): number =>
  ConsistentRead === true ? 1 : 0.5;

/** Only puts are measured: what our transactions update or delete is smaller than a KB. */
const transactionUnits = (writes: readonly Write[]): number =>
  writes.reduce(
    (sum, { Put }) => sum + 2 * Math.ceil((Put ? itemBytes(plainItem(Put.Item)) : 1) / UNIT_BYTES),
    0,
  );
