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

/** DynamoDB's wordings for a put item, for an updated one, and for all items of a transaction. */
const TOO_LARGE = /\bsize\b.*\bexceed|\bexceed.*\bsize\b|too large/i;

type VendorItem = Readonly<Record<string, AttributeValue>>;

/** A condition that did not hold. */
export interface FailedCondition {
  /** The stored item, if the request asked to see it and there is one. */
  readonly item: Record<string, unknown> | undefined;
  /**
   * An earlier attempt got no response. It may have succeeded, and its own result may be what failed this condition.
   */
  readonly afterLostAnswer: boolean;
}

/** Why one item of a transaction was refused. `item`: the stored item, if the request asked to see it. */
export interface CancellationReason {
  readonly code: string;
  readonly item?: Record<string, unknown>;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** How the condition failed; undefined for any other error. @throws {StoredFormatTooNew} */
export function failedCondition(error: unknown): FailedCondition | undefined {
  if (nameOf(error) !== "ConditionalCheckFailedException") return undefined;
  const { Item, $metadata } = error as { Item?: VendorItem; $metadata?: { attempts?: number } };
  return { item: Item && readable(plainItem(Item)), afterLostAnswer: ($metadata?.attempts ?? 1) > 1 };
}

/**
 * Why a transaction was cancelled, item by item; undefined for any other error.
 * @throws {StoredFormatTooNew} if one of the stored items is too new.
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

/** Another transaction held one of the items, so nothing was written: a repeat may succeed a moment later. */
export function isTransactionConflict(error: unknown): boolean {
  const reasons = cancellationReasons(error);
  if (reasons) return reasons.some(({ code }) => code === "TransactionConflict");
  return nameOf(error) === "TransactionConflictException";
}

/** The transaction with this token is still running: a repeat of the call says how it ended. */
export const isUnderWay = (error: unknown): boolean => nameOf(error) === "TransactionInProgressException";

/**
 * Translates a DynamoDB error, so that nothing outside this folder knows its names; a SluiceError stays as it is.
 * `tooLarge` makes the error for an item above DynamoDB's limit.
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

function isTooLarge(error: unknown): boolean {
  const texts = [nameOf(error) === "ValidationException" ? (error as Error).message : ""];
  const { CancellationReasons = [] } = error as { CancellationReasons?: readonly { Message?: string }[] };
  return [...texts, ...CancellationReasons.map(({ Message = "" }) => Message)].some((text) =>
    TOO_LARGE.test(text),
  );
}

/** Runs a call and translates its errors. */
export async function translated<T>(during: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toDomainError(error, during);
  }
}
