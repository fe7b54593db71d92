import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { TEST_CREDENTIALS, TEST_REGION } from "../adapters/endpoint.js";
import { eventually } from "./eventually.js";

/** What rings the dispatcher of a queue. */
export interface Doorbell {
  /** Has it ring, or not, and waits until it is so. */
  turn(state: "Enabled" | "Disabled"): Promise<void>;
}

export async function doorbellOf(endpoint: string, dispatcher: string): Promise<Doorbell> {
  const client = new LambdaClient({ endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS });
  const { EventSourceMappings = [] } = await client.send(
    new ListEventSourceMappingsCommand({ FunctionName: dispatcher }),
  );
  const UUID = EventSourceMappings[0]?.UUID;
  if (UUID === undefined) throw new Error(`nothing rings ${dispatcher}`);
  return {
    turn: async (state) => {
      await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: state === "Enabled" }));
      await eventually(
        `a doorbell that is ${state}`,
        async () => (await client.send(new GetEventSourceMappingCommand({ UUID }))).State,
        (seen) => seen === state,
      );
    },
  };
}
