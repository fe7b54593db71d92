import { pastConflicts } from "./conflicts.js";
import { failedCondition, toDomainError } from "./errors.js";

/**
 * Runs a conditional write, and tells whether its condition held. A repeat whose first response was lost may meet its
 * own work, and then tells that it did not. @throws {StoredFormatTooNew} if the write asks for the item that is in the
 * way, and that is too new
 */
export async function conditionally(during: string, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await pastConflicts(write);
    return true;
  } catch (error) {
    if (failedCondition(error)) return false;
    throw toDomainError(error, during);
  }
}
