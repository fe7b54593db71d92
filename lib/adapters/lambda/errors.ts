import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import { requestIdOf, vendorError } from "../aws/vendor-error.js";

const TEXT_LIMIT = 500;

/** What the subscription's owner has to do, by the name of Lambda's error. */
const ADVICE: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    "there is no such function: correct the subscription's target, or deploy the function",
  AccessDeniedException: "Sluice may not invoke the function: grant lambda:InvokeFunction to its pump's role",
  KMSAccessDeniedException: "Lambda may not use the key of the function's environment",
  KMSDisabledException: "the key of the function's environment is disabled",
  TooManyRequestsException: "the function is throttled",
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
  const advice = ADVICE[name];
  const text = advice ? `${advice} (${name}: ${message})` : `${name}: ${message}`;
  return { kind: "unavailable", error: shortened(text), ...call };
}
