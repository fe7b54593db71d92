import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from "@aws-sdk/client-lambda";
import type { DeliveryOutcome } from "../../domain/delivery-outcome.js";
import type { Handed } from "../../domain/handed.js";
import type { Subscriber } from "../../domain/ports/subscriber.js";
import type { Target } from "../../domain/subscription.js";
import { outcomeOfError, shortened } from "./errors.js";
import { readAnswer, thrownText } from "./handler-answer.js";
import { EVENT_FRAME_BYTES, recordBytes, sqsEvent } from "./sqs-event.js";

/** Lambda's limit for a synchronous invoke. */
const PAYLOAD_LIMIT_BYTES = 6 * 1_024 * 1_024;
/** Kept free, because AWS does not document exactly which bytes count. */
const MARGIN_BYTES = 16 * 1_024;

/** Invokes a subscriber's function and waits for its answer. */
export function lambdaSubscriber({ client }: { readonly client: LambdaClient }): Subscriber {
  return {
    limitBytes: () => PAYLOAD_LIMIT_BYTES - MARGIN_BYTES - EVENT_FRAME_BYTES,
    sizeBytes: (reader, message) => recordBytes(reader, arnOf(reader.subscription.target) ?? "", message),
    deliver: async (reader, messages): Promise<DeliveryOutcome> => {
      const { target } = reader.subscription;
      const functionArn = arnOf(target);
      if (functionArn === undefined)
        return { kind: "unavailable", reason: "missing", error: `a ${target.type} target cannot be called` };
      try {
        const Payload = Buffer.from(JSON.stringify(sqsEvent(reader, functionArn, messages)));
        if (Payload.length > PAYLOAD_LIMIT_BYTES) return tooLarge(Payload.length);
        const answer = await client.send(new InvokeCommand({ FunctionName: functionArn, Payload }));
        return outcomeOf(answer, messages);
      } catch (error) {
        return outcomeOfError(error);
      }
    },
  };
}

const arnOf = (target: Target): string | undefined =>
  target.type === "lambda" ? target.functionArn : undefined;

const tooLarge = (sizeBytes: number): DeliveryOutcome => ({
  kind: "failed",
  error:
    `the batch has ${sizeBytes} bytes, a function takes ${PAYLOAD_LIMIT_BYTES}: ` +
    `lower the subscription's batch.maxBytes`,
});

function outcomeOf(answer: InvokeCommandOutput, messages: readonly Handed[]): DeliveryOutcome {
  const { requestId } = answer.$metadata;
  const call = requestId === undefined ? {} : { requestId };
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  if (answer.FunctionError) return { kind: "failed", error: shortened(thrownText(text)), ...call };
  const failed = readAnswer(text, new Set(messages.map(({ id }) => id)));
  if (failed === "all")
    return {
      kind: "failed",
      error: "the handler's answer is not a batchItemFailures list of this batch",
      ...call,
    };
  const said = new Map([...failed].filter(([, { isRejected, error }]) => isRejected || error));
  return {
    kind: "answered",
    failedIds: new Set(failed.keys()),
    ...(said.size > 0 ? { said } : {}),
    ...call,
  };
}
