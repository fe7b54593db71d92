import {
  CloudWatchLogsClient,
  ResourceNotFoundException,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { TEST_CREDENTIALS, TEST_REGION } from "../../adapters/endpoint.js";

const UPDATE_PATIENCE_S = 60;

/** A deployed queue's own dispatcher, and how to break it. */
export interface Dispatcher {
  /** Sets variables of its environment, `undefined` takes one away; gives the function that puts it right again. */
  breakBy(variables: Readonly<Record<string, string | undefined>>): Promise<() => Promise<void>>;
  /** What it logged under this name since a time, in order. */
  logged(event: string, sinceMs: number): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** How many batches it gave up, as the queue has it. */
  givenUp(): Promise<number>;
}

type Variables = Record<string, string>;

/** The dispatcher that the stream of this log rings. */
export async function dispatcherOf(endpoint: string, logTable: string): Promise<Dispatcher> {
  const settings = { endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  const [functions, queues] = [new LambdaClient(settings), new SQSClient(settings)];
  const logs = new CloudWatchLogsClient(settings);
  const { EventSourceMappings = [] } = await functions.send(new ListEventSourceMappingsCommand({}));
  const mapping = EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn?.includes(`/${logTable}/`));
  const [FunctionName = "", aliasName] = mapping?.FunctionArn?.split(":").slice(-2) ?? [];
  const QueueName = nameIn(mapping?.DestinationConfig?.OnFailure?.Destination);
  const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName }));
  const set = async (Environment: { Variables: Variables }): Promise<void> => {
    await functions.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
    const waiter = { client: functions, maxWaitTime: UPDATE_PATIENCE_S, minDelay: 1, maxDelay: 1 };
    await waitUntilFunctionUpdatedV2(waiter, { FunctionName });
    // The mapping calls an alias, as all that calls Sluice's functions does.
    const { Version: FunctionVersion } = await functions.send(new PublishVersionCommand({ FunctionName }));
    await functions.send(new UpdateAliasCommand({ FunctionName, Name: aliasName, FunctionVersion }));
  };
  return {
    breakBy: async (variables) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName });
      const right = (await functions.send(command)).Environment?.Variables ?? {};
      const wrong = Object.entries({ ...right, ...variables }).filter(([, value]) => value !== undefined);
      await set({ Variables: Object.fromEntries(wrong) as Variables });
      return () => set({ Variables: right });
    },
    logged: async (event, sinceMs) => {
      const lines = await linesOf(logs, `/aws/lambda/${FunctionName}`, sinceMs);
      return lines.flatMap(jsonIn).filter(({ message }) => message === event);
    },
    givenUp: async () => {
      const { Messages = [] } = await queues.send(
        new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }),
      );
      return Messages.length;
    },
  };
}

const nameIn = (arn: string | undefined): string => arn?.split(":").at(-1) ?? "";

/** None where nothing was logged yet: the group is made with the first line. */
async function linesOf(client: CloudWatchLogsClient, logGroupName: string, startTime: number) {
  const lines: string[] = [];
  try {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime }))
      lines.push(...events.map(({ message = "" }) => message));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  return lines;
}

function jsonIn(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
