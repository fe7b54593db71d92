import { randomUUID } from "node:crypto";
import { TransactWriteCommand, type TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import type { DynamoDb } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import { type CancellationReason, cancellationReasons, toDomainError } from "../errors.js";

/**
 * All of `items` or none: undefined if they went through, else why each did not. Its token makes repeats of the SDK
 * safe: one whose answer was lost went through.
 */
export async function transact(
  { client }: DynamoDb,
  during: string,
  items: NonNullable<TransactWriteCommandInput["TransactItems"]>,
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
