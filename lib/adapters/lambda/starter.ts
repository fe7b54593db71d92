import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { StorageUnavailable } from "../../domain/errors.js";
import type { Starter } from "../../domain/ports/starter.js";

/** An asynchronous invoke answers at once, or not at all. */
const START_TIMEOUT_MS = 3_000;
/** A start that happens twice is harmless, one that gets lost costs up to two minutes. */
const START_ATTEMPTS = 2;

/** Starts Sluice's own functions by an asynchronous invoke. */
export function lambdaStarter(options: {
  readonly client: LambdaClient;
  readonly pumpFunction: string;
  readonly clockFunction: string;
}): Starter {
  const start = async (functionName: string, payload: unknown): Promise<void> => {
    const Payload = JSON.stringify(payload);
    for (let attempt = 1; ; attempt++) {
      try {
        await options.client.send(
          new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload }),
          { abortSignal: AbortSignal.timeout(START_TIMEOUT_MS) },
        );
        return;
      } catch (error) {
        if (attempt >= START_ATTEMPTS)
          throw new StorageUnavailable(`starting ${functionName}`, { cause: error });
      }
    }
  };
  return {
    startPump: (ref) => start(options.pumpFunction, ref),
    startClock: (owner) => start(options.clockFunction, { owner }),
  };
}
