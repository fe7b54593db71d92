import type * as domainErrors from "../domain/errors.js";
import { SluiceError } from "../domain/errors.js";
import type * as httpErrors from "./errors.js";

/** The codes of a module's error classes. The base class does not count: its code is any string. */
type CodesIn<M> = {
  [K in keyof M]: M[K] extends abstract new (...args: never[]) => { readonly code: infer C extends string }
    ? string extends C
      ? never
      : C
    : never;
}[keyof M];

const INTERNAL_ERROR = "internal-error";

/** Every `code` that a response can carry. */
export type ErrorCode = CodesIn<typeof domainErrors> | CodesIn<typeof httpErrors> | typeof INTERNAL_ERROR;

/** A new error class does not compile until its HTTP status stands here. */
export const STATUSES: Readonly<Record<ErrorCode, number>> = {
  "invalid-request": 400,
  "receipt-invalid": 400,
  "request-incomplete": 400,
  "request-unreadable": 400,
  "topic-not-found": 404,
  "subscription-not-found": 404,
  "dead-letter-not-found": 404,
  "schedule-not-found": 404,
  "too-many-schedules": 409,
  "message-not-found": 404,
  "job-not-found": 404,
  "route-not-found": 404,
  "method-not-allowed": 405,
  "request-timeout": 408,
  conflict: 409,
  "already-published": 409,
  "message-expired": 409,
  "message-not-open": 409,
  "message-out-of-reach": 409,
  "not-a-pull-subscription": 409,
  "not-an-https-subscription": 409,
  "redrive-running": 409,
  "replay-running": 409,
  "sent-again-by-seek": 409,
  "setting-fixed": 409,
  "topic-has-subscriptions": 409,
  "topic-just-deleted": 409,
  "topic-paused": 409,
  "receipt-expired": 410,
  "atomic-too-large": 413,
  "message-too-large": 413,
  "request-too-large": 413,
  "encoding-not-supported": 415,
  "idempotency-key-reused": 422,
  "schema-violated": 422,
  throttled: 429,
  "headers-too-large": 431,
  "internal-error": 500,
  "record-too-large": 500,
  "storage-unavailable": 503,
  "stored-format-too-new": 503,
};

/** What a caller can do, in terms of this API. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  "topic-not-found": "create it with PUT /v1/topics/{topic}",
  "subscription-not-found": "create it with PUT /v1/topics/{topic}/subscriptions/{subscription}",
};

/** The code that callers see; an unexpected error shows nothing of itself. */
export const codeOf = (error: unknown): ErrorCode =>
  error instanceof SluiceError && Object.hasOwn(STATUSES, error.code)
    ? (error.code as ErrorCode)
    : INTERNAL_ERROR;

export const hintOf = (code: ErrorCode): string => (HINTS[code] === undefined ? "" : `: ${HINTS[code]}`);
