import type { DeliveryOutcome, UnavailableReason } from "../../domain/delivery-outcome.js";
import { requestIdOf, vendorError } from "../aws/vendor-error.js";

const TEXT_LIMIT = 500;

/** What Lambda's errors mean for the subscription, and what its owner has to do. */
const REFUSALS: Readonly<Record<string, { readonly reason: UnavailableReason; readonly advice: string }>> = {
  ResourceNotFoundException: {
    reason: "missing",
    advice: "there is no such function: correct the subscription's target, or deploy the function",
  },
  AccessDeniedException: {
    reason: "forbidden",
    advice: "Sluice may not invoke the function: grant lambda:InvokeFunction to its pump's role",
  },
  KMSAccessDeniedException: {
    reason: "forbidden",
    advice: "Lambda may not use the key of the function's environment",
  },
  KMSDisabledException: {
    reason: "forbidden",
    advice: "the key of the function's environment is disabled",
  },
  TooManyRequestsException: { reason: "throttled", advice: "the function is throttled" },
};

/** Lambda refuses the batch itself: a retry with the same messages cannot succeed. */
const REFUSED: Readonly<Record<string, string>> = {
  RequestTooLargeException:
    "the batch is larger than a function takes: lower the subscription's batch.maxBytes",
  InvalidRequestContentException: "Lambda cannot read the batch",
};

export const shortened = (text: string): string => text.slice(0, TEXT_LIMIT);

/** The outcome of an invoke that got no answer from the handler: usually the subscriber as a whole is unavailable. */
export function outcomeOfError(error: unknown): DeliveryOutcome {
  const { name, message } = vendorError(error);
  const requestId = requestIdOf(error);
  const call = requestId === undefined ? {} : { requestId };
  const refused = REFUSED[name];
  if (refused) return { kind: "failed", error: shortened(`${refused} (${name}: ${message})`), ...call };
  const { reason, advice } = REFUSALS[name] ?? { reason: "unreachable" };
  const text = advice ? `${advice} (${name}: ${message})` : `${name}: ${message}`;
  return { kind: "unavailable", reason, error: shortened(text), ...call };
}
