import { randomUUID } from "node:crypto";
import { TransactWriteCommand, type Write } from "../commands.js";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { type CancellationReason, cancellationReasons, toDomainError } from "../errors.js";

/**
 * Writes all items or none: undefined if they were written, otherwise the reason of each. The token makes the SDK's
 * repeats safe: a repeat of a write that went through succeeds.
 */
export async function transact(
  { client }: DynamoDb,
  during: string,
  items: readonly Write[],
): Promise<readonly CancellationReason[] | undefined> {
  const all = { ClientRequestToken: randomUUID(), TransactItems: items };
  try {
    await pastConflicts(() => client.send(new TransactWriteCommand(all)));
    return undefined;
  } catch (error) {
    const reasons = cancellationReasons(error);
    if (reasons?.some(({ code }) => code === "ConditionalCheckFailed")) return reasons;
    throw toDomainError(error, during);
  }
}
