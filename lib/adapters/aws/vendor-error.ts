const TEXT_LIMIT = 300;

/** The fields of an SDK error; each may be missing. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** The texts of signature errors repeat the signed request, its session token included. */
const TELLS_THE_REQUEST = /signature/i;

/**
 * Reduces an AWS or network error to what a log may keep: name, code, text, HTTP status and AWS's request id. The SDK's
 * own object also holds headers and parts of the request.
 */
export function vendorError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error).slice(0, TEXT_LIMIT));
  const { name, code, message, $metadata: { httpStatusCode, requestId } = {} } = error as SdkError;
  const facts = [
    typeof code === "string" && code !== name ? code : undefined,
    httpStatusCode === undefined ? undefined : `HTTP ${httpStatusCode}`,
    requestId === undefined ? undefined : `request ${requestId}`,
  ].filter((fact) => fact !== undefined);
  const text = TELLS_THE_REQUEST.test(name) ? "" : message.slice(0, TEXT_LIMIT);
  const known = new Error([text, facts.length > 0 ? `(${facts.join(", ")})` : ""].filter(Boolean).join(" "));
  known.name = name;
  return known;
}

export const requestIdOf = (error: unknown): string | undefined =>
  (error as SdkError | undefined)?.$metadata?.requestId;
