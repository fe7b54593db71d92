import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from "@aws-sdk/client-lambda";
import type { DeliveryOutcome, Handed, Subscriber } from "../../domain/ports/subscriber.js";
import { failedIdsIn, sqsEvent } from "./sqs-event.js";

const ERROR_TEXT_LIMIT = 500;

const textOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, ERROR_TEXT_LIMIT);

/** Calls a subscriber's function and waits for its answer. */
export function lambdaSubscriber({ client }: { readonly client: LambdaClient }): Subscriber {
  return {
    deliver: async (subscription, target, messages): Promise<DeliveryOutcome> => {
      if (target.type !== "lambda")
        return { kind: "unavailable", error: `a ${target.type} target cannot be called` };
      const Payload = JSON.stringify(sqsEvent(subscription, target.functionArn, messages));
      try {
        return outcomeOf(
          await client.send(new InvokeCommand({ FunctionName: target.functionArn, Payload })),
          messages,
        );
      } catch (error) {
        const isTooLarge = error instanceof Error && error.name === "RequestTooLargeException";
        return { kind: isTooLarge ? "failed" : "unavailable", error: textOf(error) };
      }
    },
  };
}

function outcomeOf(answer: InvokeCommandOutput, messages: readonly Handed[]): DeliveryOutcome {
  const text = answer.Payload ? Buffer.from(answer.Payload).toString("utf8") : "";
  if (answer.FunctionError)
    return { kind: "failed", error: `${answer.FunctionError}: ${text}`.slice(0, ERROR_TEXT_LIMIT) };
  const failed = failedIdsIn(parsed(text), new Set(messages.map(({ id }) => id)));
  return failed === "all"
    ? { kind: "failed", error: "the handler's answer is no batchItemFailures of this batch" }
    : { kind: "answered", failedIds: failed };
}

/** An answer that is no JSON names no failure. */
function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
