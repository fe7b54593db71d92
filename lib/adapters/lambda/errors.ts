import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import { requestIdOf, vendorError } from "../aws/vendor-error.js";

const TEXT_LIMIT = 500;

/** What the owner of a subscription has to do, by what Lambda says. */
const ADVICE: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    "there is no such function: correct the subscription's target, or deploy the function",
  AccessDeniedException: "Sluice may not invoke the function: grant lambda:InvokeFunction to its pump's role",
  KMSAccessDeniedException: "Lambda may not use the key of the function's environment",
  KMSDisabledException: "the key of the function's environment is disabled",
  TooManyRequestsException: "the function is throttled",
};

/** The batch itself is what Lambda does not take: no later try with the same messages can go through. */
const REFUSED: Readonly<Record<string, string>> = {
  RequestTooLargeException:
    "the batch is larger than a function takes: lower the subscription's batch.maxBytes",
  InvalidRequestContentException: "Lambda cannot read the batch",
};

export const shortened = (text: string): string => text.slice(0, TEXT_LIMIT);

/** What an invoke without an answer of the handler means: most often that the subscriber as a whole was not there. */
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
