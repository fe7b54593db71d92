const TEXT_LIMIT = 300;

/** What the SDK's errors have; any of it may be missing. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Their texts repeat the request as it was signed, a session's token included. */
const TELLS_THE_REQUEST = /signature/i;

/**
 * An error of AWS or of the way there, as a log may keep it: its code, its text, the HTTP status, and the id by which
 * AWS knows the request. The SDK's own object also has headers and parts of the request, and stays out of it.
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
