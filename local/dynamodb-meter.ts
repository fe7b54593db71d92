import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { itemBytes } from "../lib/adapters/dynamodb/items/item-size.js";

/** Counts what is paid for: the units of every call since the last look. */
export interface Meter {
  /** Write units; forgets them. */
  take(): number;
  /** Read units; forgets them. */
  takeReads(): number;
}

type Item = Readonly<Record<string, unknown>>;
interface Consumed {
  readonly CapacityUnits?: number;
}
interface Write {
  readonly Put?: { readonly Item: Item };
}

const UNIT_BYTES = 1_024;
/** What only a Get or a Query of ours says. */
const READS = ["ConsistentRead", "KeyConditionExpression"];

/**
 * Has each call say what it cost, and adds it up. A transaction's price is worked out, two units for each KB of each
 * item: DynamoDB Local says two for a table, however many items of it are written. A write that fails is not counted:
 * its error does not say what it cost.
 */
export function meter(client: DynamoDBDocumentClient): Meter {
  let writeUnits = 0;
  let readUnits = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as unknown as Record<string, unknown>;
      const metered = { ...args, input: { ...input, ReturnConsumedCapacity: "TOTAL" } };
      const answer = await next(metered);
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: Consumed };
      if (READS.some((name) => name in input)) readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
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

/** What is updated or deleted in a transaction of ours is smaller than a KB: only puts are weighed. */
const transactionUnits = (writes: readonly Write[]): number =>
  writes.reduce((sum, { Put }) => sum + 2 * Math.ceil((Put ? itemBytes(Put.Item) : 1) / UNIT_BYTES), 0);
