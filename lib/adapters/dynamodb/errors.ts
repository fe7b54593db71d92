import { Contended, type SluiceError, StorageUnavailable, Throttled } from "../../domain/errors.js";

const THROTTLED_RETRY_MS = 500;
const THROTTLING_NAMES = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "ThrottlingError",
  "RequestLimitExceeded",
  "LimitExceededException",
]);
const THROTTLING_REASONS = new Set(["ThrottlingError", "ProvisionedThroughputExceeded"]);

/** Why one item of a transaction was refused. `item`: what is stored there, where it was asked for. */
export interface CancellationReason {
  readonly code: string;
  readonly item?: Record<string, unknown>;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** What is stored where a condition failed; undefined where `error` is no failed condition. */
export function failedCondition(
  error: unknown,
): { readonly item: Record<string, unknown> | undefined } | undefined {
  if (nameOf(error) !== "ConditionalCheckFailedException") return undefined;
  return { item: (error as { Item?: Record<string, unknown> }).Item };
}

/** The reasons of a cancelled transaction, item by item; undefined where `error` is none. */
export function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (nameOf(error) !== "TransactionCanceledException") return undefined;
  const reasons = (error as { CancellationReasons?: { Code?: string; Item?: Record<string, unknown> }[] })
    .CancellationReasons;
  return (reasons ?? []).map(({ Code, Item }) => ({ code: Code ?? "None", ...(Item ? { item: Item } : {}) }));
}

/** Somebody else's transaction held one of the items: the same call may go through a moment later. */
export function isTransactionConflict(error: unknown): boolean {
  const reasons = cancellationReasons(error);
  if (reasons) return reasons.some(({ code }) => code === "TransactionConflict");
  return ["TransactionConflictException", "TransactionInProgressException"].includes(nameOf(error));
}

/** A vendor's error as one of ours: nothing above this folder knows its name. */
export function toDomainError(error: unknown, during: string): SluiceError {
  const throttled = cancellationReasons(error)?.some(({ code }) => THROTTLING_REASONS.has(code));
  if (throttled || THROTTLING_NAMES.has(nameOf(error)))
    return new Throttled(during, THROTTLED_RETRY_MS, { cause: error });
  if (isTransactionConflict(error)) return new Contended(during);
  return new StorageUnavailable(during, { cause: error });
}

/** Runs a call, with its vendor's errors translated. */
export async function translated<T>(during: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toDomainError(error, during);
  }
}
