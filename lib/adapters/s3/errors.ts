import { NoSuchKey, NotFound, S3ServiceException } from "@aws-sdk/client-s3";
import { type SluiceError, StorageUnavailable, Throttled } from "../../domain/errors.js";
import { vendorError } from "../aws/vendor-error.js";

const THROTTLED_RETRY_MS = 500;
const THROTTLING_NAMES = new Set([
  "SlowDown",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** S3 says that this key has no object. A missing bucket is another error: it says nothing about objects. */
export const isMissing = (error: unknown): boolean => error instanceof NoSuchKey;

/** The same of a HEAD, whose answer has no body to tell the two apart. */
export const isMissingByHead = (error: unknown): boolean => isMissing(error) || error instanceof NotFound;

/** Translates an S3 error, so that nothing outside this folder knows its names. */
export function toDomainError(error: unknown, during: string): SluiceError {
  if (error instanceof S3ServiceException && THROTTLING_NAMES.has(error.name))
    return new Throttled(during, THROTTLED_RETRY_MS, { cause: vendorError(error) });
  return new StorageUnavailable(during, { cause: vendorError(error) });
}
