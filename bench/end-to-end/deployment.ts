import { QueryCommand, TransactWriteCommand } from "../../lib/adapters/dynamodb/commands.js";
import { dynamoDbClient } from "../../lib/adapters/dynamodb/client.js";
import { type OutboxItem, SluiceClient } from "../../lib/client/index.js";
import { deploy, emulatedApiUrl } from "../../local/deploy.js";
import { REGION, emulatorEnv } from "../../local/emulator.js";
import { localDeployment } from "../../local/local-file.js";
import { startMiniStack } from "../../local/ministack.js";
import { bundleFunctions } from "../../scripts/bundle-functions.js";
import { CREDENTIALS } from "../store.js";
import { type Delivery, STACK } from "./subscribers.js";

const STAGE = "$default";

/** The stack of `app.ts` on an emulator. */
export interface Deployed {
  readonly queue: SluiceClient;
  /** Publishes past the queue: to a function that only puts an item, whose stream calls another function. */
  publishBare(body: object): Promise<void>;
  /** A request that the API's function answers out of itself. */
  askForNothing(): Promise<void>;
  deliveries(subscriber: string): Promise<readonly Delivery[]>;
  readonly outboxTable: string;
  /** A user's own transaction: an item of its own, and a message. */
  commit(id: string, message: OutboxItem): Promise<void>;
}

/** @param given the endpoint of an emulator that is running; without it, one is started for this benchmark */
export async function withDeployment(
  given: string | undefined,
  use: (deployed: Deployed) => Promise<boolean>,
): Promise<boolean> {
  const stop = (): Promise<void> => Promise.resolve();
  const emulator = given === undefined ? await startMiniStack() : { endpointUrl: given, stop };
  const { endpointUrl } = emulator;
  try {
    Object.assign(process.env, emulatorEnv(endpointUrl));
    await bundleFunctions();
    const app = "bench/end-to-end/app.ts";
    const outputs = await deploy({ app, stack: STACK, endpointUrl, context: {} });
    const { apiUrl, tables } = localDeployment(endpointUrl, outputs, STAGE);
    const bareUrl = emulatedApiUrl(endpointUrl, outputs.BareApiId ?? "", STAGE);
    const client = dynamoDbClient({ endpoint: endpointUrl, region: REGION, credentials: CREDENTIALS });
    return await use({
      outboxTable: tables.outbox,
      commit: async (id, message) => {
        const own = {
          Put: { TableName: outputs.DeliveriesTable, Item: { subscriber: "orders", delivery: id } },
        };
        await client.send(new TransactWriteCommand({ TransactItems: [own, message] }));
      },
      queue: new SluiceClient({ apiUrl, auth: "none" }),
      publishBare: async (body) => {
        const headers = { "content-type": "application/json" };
        const answer = await fetch(`${bareUrl}/bare`, {
          method: "POST",
          headers,
          body: JSON.stringify(body),
        });
        if (!answer.ok) throw new Error(`the bare function answered ${answer.status}`);
      },
      askForNothing: async () => {
        await (await fetch(`${apiUrl}/v1/nothing`)).text();
      },
      deliveries: async (subscriber) => {
        const found: Delivery[] = [];
        let start: Record<string, unknown> | undefined;
        do {
          const { Items = [], LastEvaluatedKey } = await client.send(
            new QueryCommand({
              TableName: outputs.DeliveriesTable,
              KeyConditionExpression: "subscriber = :subscriber",
              ExpressionAttributeValues: { ":subscriber": subscriber },
              ConsistentRead: true,
              ...(start ? { ExclusiveStartKey: start } : {}),
            }),
          );
          found.push(...(Items as unknown as Delivery[]));
          start = LastEvaluatedKey;
        } while (start);
        return found;
      },
    });
  } finally {
    await emulator.stop();
  }
}
