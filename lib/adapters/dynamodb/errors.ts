import { Conflict, SluiceError, StorageUnavailable, Throttled } from "../../domain/errors.js";
import { vendorError } from "../aws/vendor-error.js";
import { type AttributeValue, plainItem } from "./items/attribute-value.js";
import { readable } from "./items/format.js";

const THROTTLED_RETRY_MS = 500;
const THROTTLING_NAMES = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "ThrottlingError",
  "RequestLimitExceeded",
  "LimitExceededException",
]);
const THROTTLING_REASONS = new Set(["ThrottlingError", "ProvisionedThroughputExceeded"]);

/** Of an item that is put, of one that is updated, and of all items of a transaction. */
const TOO_LARGE = /\bsize\b.*\bexceed|\bexceed.*\bsize\b|too large/i;

type VendorItem = Readonly<Record<string, AttributeValue>>;

/** A condition that did not hold. */
export interface FailedCondition {
  /** What is stored in its place, where it was asked for and anything is. */
  readonly item: Record<string, unknown> | undefined;
  /** Whether an attempt before this one had no answer: it may have been carried out, and be what the condition met. */
  readonly afterLostAnswer: boolean;
}

/** Why one item of a transaction was refused. `item`: what is stored there, where it was asked for. */
export interface CancellationReason {
  readonly code: string;
  readonly item?: Record<string, unknown>;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** How the condition failed; undefined where `error` is no failed condition. @throws {StoredFormatTooNew} */
export function failedCondition(error: unknown): FailedCondition | undefined {
  if (nameOf(error) !== "ConditionalCheckFailedException") return undefined;
  const { Item, $metadata } = error as { Item?: VendorItem; $metadata?: { attempts?: number } };
  return { item: Item && readable(plainItem(Item)), afterLostAnswer: ($metadata?.attempts ?? 1) > 1 };
}

/**
 * The reasons of a cancelled transaction, item by item; undefined where `error` is none.
 * @throws {StoredFormatTooNew} where an item that it shows is.
 */
export function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (nameOf(error) !== "TransactionCanceledException") return undefined;
  const { CancellationReasons = [] } = error as {
    CancellationReasons?: readonly { Code?: string; Item?: VendorItem }[];
  };
  return CancellationReasons.map(({ Code, Item }) => ({
    code: Code ?? "None",
    ...(Item ? { item: readable(plainItem(Item)) } : {}),
  }));
}

/** Somebody else's transaction held one of the items, so this was not carried out: it may go through a moment later. */
export function isTransactionConflict(error: unknown): boolean {
  const reasons = cancellationReasons(error);
  if (reasons) return reasons.some(({ code }) => code === "TransactionConflict");
  return nameOf(error) === "TransactionConflictException";
}

/** The same transaction, by its token, is under way still: asked again it says how it ended. */
export const isUnderWay = (error: unknown): boolean => nameOf(error) === "TransactionInProgressException";

/**
 * A vendor's error as one of ours: nothing above this folder knows its name. One of ours stays as it is. `tooLarge`:
 * what it means that an item is larger than DynamoDB takes, where it can be.
 */
export function toDomainError(
  error: unknown,
  during: string,
  tooLarge?: (options: ErrorOptions) => SluiceError,
): SluiceError {
  if (error instanceof SluiceError) return error;
  const throttled = cancellationReasons(error)?.some(({ code }) => THROTTLING_REASONS.has(code));
  if (throttled || THROTTLING_NAMES.has(nameOf(error)))
    return new Throttled(during, THROTTLED_RETRY_MS, { cause: vendorError(error) });
  if (isTransactionConflict(error)) return new Conflict(during);
  if (tooLarge && isTooLarge(error)) return tooLarge({ cause: vendorError(error) });
  return new StorageUnavailable(during, { cause: vendorError(error) });
}

/** No later try makes it fit. */
function isTooLarge(error: unknown): boolean {
  const texts = [nameOf(error) === "ValidationException" ? (error as Error).message : ""];
  const { CancellationReasons = [] } = error as { CancellationReasons?: readonly { Message?: string }[] };
  return [...texts, ...CancellationReasons.map(({ Message = "" }) => Message)].some((text) =>
    TOO_LARGE.test(text),
  );
}

/** Runs a call, with its vendor's errors translated. */
export async function translated<T>(during: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toDomainError(error, during);
  }
}
