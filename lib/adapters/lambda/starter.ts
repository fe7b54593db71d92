import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { StorageUnavailable } from "../../domain/errors.js";
import { vendorError } from "../aws/vendor-error.js";
import { pumpEventOf } from "./pump-event.js";
import type { Starter } from "../../domain/ports/starter.js";

/** Starts Sluice's own functions with asynchronous invokes. */
export function lambdaStarter(options: {
  readonly client: LambdaClient;
  readonly pumpFunction: string;
  readonly clockFunction: string;
}): Starter {
  const start = async (functionName: string, payload: unknown): Promise<void> => {
    const Payload = JSON.stringify(payload);
    try {
      await options.client.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload }),
      );
    } catch (error) {
      throw new StorageUnavailable(`starting ${functionName}`, { cause: vendorError(error) });
    }
  };
  return {
    startPump: (pump) => start(options.pumpFunction, pumpEventOf(pump)),
    startClock: (owner) => start(options.clockFunction, { owner }),
  };
}
