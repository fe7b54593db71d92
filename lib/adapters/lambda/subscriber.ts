import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Subscriber } from "../../domain/ports/subscriber.js";
import { outcomeOfError, shortened } from "./errors.js";
import { failedIdsIn, sqsEvent } from "./sqs-event.js";
import type { Handed } from "../../domain/handed.js";
import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";

/** What a synchronous invoke takes. */
const PAYLOAD_LIMIT_BYTES = 6 * 1_024 * 1_024;

/** Calls a subscriber's function and waits for its answer. */
export function lambdaSubscriber({ client }: { readonly client: LambdaClient }): Subscriber {
  return {
    deliver: async (subscription, target, messages): Promise<DeliveryOutcome> => {
      if (target.type !== "lambda")
        return { kind: "unavailable", error: `a ${target.type} target cannot be called` };
      try {
        const Payload = Buffer.from(JSON.stringify(sqsEvent(subscription, target.functionArn, messages)));
        if (Payload.length > PAYLOAD_LIMIT_BYTES) return tooLarge(Payload.length);
        const invoke = new InvokeCommand({ FunctionName: target.functionArn, Payload });
        return outcomeOf(await client.send(invoke), messages);
      } catch (error) {
        return outcomeOfError(error);
      }
    },
  };
}

const tooLarge = (sizeBytes: number): DeliveryOutcome => ({
  kind: "failed",
  error:
    `the batch has ${sizeBytes} bytes, a function takes ${PAYLOAD_LIMIT_BYTES}: ` +
    `lower the subscription's batch.maxBytes`,
});

function outcomeOf(answer: InvokeCommandOutput, messages: readonly Handed[]): DeliveryOutcome {
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  if (answer.FunctionError) return { kind: "failed", error: shortened(handlerError(text)) };
  const result = parsed(text);
  const failed = result === MALFORMED ? "all" : failedIdsIn(result, new Set(messages.map(({ id }) => id)));
  return failed === "all"
    ? { kind: "failed", error: "the handler's answer is no batchItemFailures of this batch" }
    : { kind: "answered", failedIds: failed };
}

/** Stands for an answer that is no JSON: nobody can say what it names as failed. */
const MALFORMED = Symbol("malformed");

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return MALFORMED;
  }
}

/** What the handler threw, in its own words. */
function handlerError(text: string): string {
  const thrown = parsed(text);
  if (typeof thrown !== "object" || thrown === null) return text === "" ? "the handler failed" : text;
  const { errorType, errorMessage } = thrown as { errorType?: unknown; errorMessage?: unknown };
  if (typeof errorMessage !== "string") return text;
  return typeof errorType === "string" ? `${errorType}: ${errorMessage}` : errorMessage;
}
