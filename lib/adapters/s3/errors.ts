import { NoSuchKey, S3ServiceException } from "@aws-sdk/client-s3";
import { type SluiceError, StorageUnavailable, Throttled } from "../../domain/errors.js";
import { vendorError } from "../aws/vendor-error.js";

const THROTTLED_RETRY_MS = 500;
const THROTTLING_NAMES = new Set([
  "SlowDown",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** Whether S3 says of this very key that there is no object. A bucket that is missing says nothing of its objects. */
export const isMissing = (error: unknown): boolean => error instanceof NoSuchKey;

/** A vendor's error as the domain's: nothing above this folder knows its name. */
export function toDomainError(error: unknown, during: string): SluiceError {
  if (error instanceof S3ServiceException && THROTTLING_NAMES.has(error.name))
    return new Throttled(during, THROTTLED_RETRY_MS, { cause: vendorError(error) });
  return new StorageUnavailable(during, { cause: vendorError(error) });
}
