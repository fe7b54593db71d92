import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  type GetEventSourceMappingCommandOutput,
} from "@aws-sdk/client-lambda";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { build } from "esbuild";
import { type Outputs, deploy } from "../../../local/deploy.js";
import { ROOT } from "../../../local/paths.js";
import { TEST_CREDENTIALS, TEST_REGION, endpointIn } from "../../adapters/endpoint.js";
import type { Rehearsal } from "./rehearsals.js";

/** What the stream tells the queue of a batch that it gave up. */
export interface GivenUp {
  readonly requestContext: { readonly condition: string; readonly approximateInvokeCount: number };
  readonly DDBStreamBatchInfo: { readonly batchSize: number };
}

/** The deployed streams of rehearsal-app.ts. */
export interface RehearsalStack {
  /** Puts records into a log all at once, so that the stream has them in one batch. */
  append(rehearsal: Rehearsal, ...keys: readonly string[]): Promise<void>;
  remove(rehearsal: Rehearsal, key: string): Promise<void>;
  /** The batches that the function was given, in order: each with its records' keys. */
  deliveries(rehearsal: Rehearsal): Promise<readonly (readonly string[])[]>;
  /** A batch that was given up; undefined while there is none. */
  givenUp(rehearsal: Rehearsal): Promise<GivenUp | undefined>;
  mapping(rehearsal: Rehearsal): Promise<GetEventSourceMappingCommandOutput>;
}

/** Deploys them to the tier's endpoint. */
export async function deployRehearsals(): Promise<RehearsalStack> {
  const endpoint = endpointIn(["SLUICE_E2E_ENDPOINT"], "LocalStack");
  const folder = await mkdtemp(join(tmpdir(), "sluice-rehearsal-"));
  try {
    await bundle(join(folder, "dispatcher", "index.mjs"));
    const app = "test/e2e/localstack/rehearsal-app.ts";
    const context = { "sluice:functions-directory": folder };
    return over(endpoint, await deploy({ app, stack: "SluiceRehearsal", endpointUrl: endpoint, context }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const bundle = (outfile: string) =>
  build({
    entryPoints: [join(ROOT, "test/e2e/localstack/functions/failing-dispatcher.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });

function over(endpoint: string, outputs: Outputs): RehearsalStack {
  const settings = { endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
  const [queues, functions] = [new SQSClient(settings), new LambdaClient(settings)];
  const output = (name: string): string => outputs[name] ?? "";
  return {
    append: async (rehearsal, ...keys) => {
      const TableName = output(`${rehearsal}LogTable`);
      const puts = keys.map((pk) => ({ Put: { TableName, Item: { pk, base: 0 } } }));
      await client.send(new TransactWriteCommand({ TransactItems: puts }));
    },
    remove: async (rehearsal, pk) => {
      const TableName = output(`${rehearsal}LogTable`);
      await client.send(new DeleteCommand({ TableName, Key: { pk, base: 0 } }));
    },
    deliveries: async (rehearsal) => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: output("DeliveriesTable"),
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": rehearsal },
          ConsistentRead: true,
        }),
      );
      return Items.map(({ bells }) => bells as readonly string[]);
    },
    givenUp: async (rehearsal) => {
      const QueueUrl = output(`${rehearsal}Failures`);
      const { Messages = [] } = await queues.send(
        new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }),
      );
      return Messages[0]?.Body === undefined ? undefined : (JSON.parse(Messages[0].Body) as GivenUp);
    },
    mapping: async (rehearsal) => {
      const FunctionName = output(`${rehearsal}FunctionName`);
      const { EventSourceMappings = [] } = await functions.send(
        new ListEventSourceMappingsCommand({ FunctionName }),
      );
      return await functions.send(new GetEventSourceMappingCommand({ UUID: EventSourceMappings[0]?.UUID }));
    },
  };
}
