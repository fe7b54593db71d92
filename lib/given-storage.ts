import { type StoreName, type Unfit, unfitBucket, unfitTable } from "./domain/given-storage.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a queue was given, and the streams that its functions listen to. */
export interface Given {
  readonly stores: readonly StoreName[];
  readonly logStream?: string;
  readonly outboxStream?: string;
}

/** Looks at the settings of what a queue was given; by name, whoever looks is replaced in tests. */
export type LookAtGiven = (given: Given) => Promise<Unfit>;

/** By the deployment's own names. The clients are loaded with the first look: most queues were given nothing. */
export const lookAtGiven =
  (environment: Environment = process.env): LookAtGiven =>
  async ({ stores, logStream, outboxStream }) => {
    const endpoint = environment["AWS_ENDPOINT_URL"];
    const at = endpoint ? { endpoint } : {};
    const nameOf = (variable: string): string => environment[variable] ?? "";
    const looks: Readonly<Record<StoreName, () => Promise<Unfit>>> = {
      log: async () => unfitTable("log", await tableAt(nameOf("SLUICE_LOG_TABLE"), at), logStream),
      state: async () => unfitTable("state", await tableAt(nameOf("SLUICE_STATE_TABLE"), at), undefined),
      outbox: async () =>
        unfitTable("outbox", await tableAt(nameOf("SLUICE_OUTBOX_TABLE"), at), outboxStream),
      bucket: async () => unfitBucket(await bucketAt(nameOf("SLUICE_BUCKET"), at)),
    };
    const found = await Promise.all(stores.map((store) => looks[store]()));
    return { faults: found.flatMap(({ faults }) => faults), notes: found.flatMap(({ notes }) => notes) };
  };

type At = { readonly endpoint?: string };

async function tableAt(name: string, at: At) {
  const { dynamoDbClient } = await import("./adapters/dynamodb/client.js");
  const { lookAtTable } = await import("./adapters/dynamodb/table-look.js");
  return await lookAtTable(dynamoDbClient(at).sdk, name);
}

async function bucketAt(name: string, at: At) {
  const { s3Client } = await import("./adapters/s3/client.js");
  const { lookAtBucket } = await import("./adapters/s3/bucket-look.js");
  return await lookAtBucket(s3Client(at), name);
}
