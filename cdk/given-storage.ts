import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { CustomResource } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Checks } from "./check.js";
import type { SluiceBase } from "./sluice-base.js";
import type { SluiceFunction } from "./sluice-function.js";

/**
 * Tables and a bucket that are there already: kept when their stack was deleted, or restored from a point in time
 * (docs/restore.md). They are used as they are; what is not given, the queue makes. They belong to you: no removal
 * policy reaches them.
 */
export interface GivenStorage {
  /**
   * By `Table.fromTableAttributes` with its `tableStreamArn`: its stream has to be on, with new images.
   * @default - made
   */
  readonly logTable?: ITable;
  /** @default - made */
  readonly stateTable?: ITable;
  /** By `Table.fromTableAttributes` with its `tableStreamArn`, as the log. @default - made */
  readonly outboxTable?: ITable;
  /** @default - made */
  readonly bucket?: IBucket;
  /**
   * When they were given to this queue, as an ISO time such as `"2026-03-01T12:00:00Z"`: after the restore ended, and
   * not in the future. Appends after messages of before it go on at the clock, so that no place in the log is given out
   * anew. Keep it as it is until the next restore.
   */
  readonly restoredAt: string;
}

/** @throws {Error} for what would fail in the middle of a deployment, or lose messages later. */
export function checkGivenStorage(queue: Construct, given: GivenStorage | undefined): void {
  if (given === undefined) return;
  const checks = new Checks(queue);
  const { logTable, stateTable, outboxTable, bucket, restoredAt } = given;
  if (!logTable && !stateTable && !outboxTable && !bucket)
    checks.refuse("storage: name at least one of logTable, stateTable, outboxTable and bucket");
  const streamed = { logTable, outboxTable };
  for (const [name, table] of Object.entries(streamed)) {
    if (table && table.tableStreamArn === undefined)
      checks.refuse(
        `storage.${name} has no stream: turn it on with new images (a restored table has none), and import it by ` +
          "Table.fromTableAttributes with its tableStreamArn",
      );
  }
  const atMs = typeof restoredAt === "string" && ISO.test(restoredAt) ? Date.parse(restoredAt) : NaN;
  if (Number.isNaN(atMs))
    checks.refuse(
      `storage.restoredAt is ${JSON.stringify(restoredAt)}: use a time such as 2026-03-01T12:00:00Z`,
    );
  if (atMs > Date.now() + CLOCKS_APART_MS)
    checks.refuse(
      `storage.restoredAt is ${restoredAt}, which is in the future: use the time when the restore had ended`,
    );
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const CLOCKS_APART_MS = 5 * 60_000;

/**
 * Has the provisioning function look at the settings of what was given, and through what was restored, once for each
 * `restoredAt`.
 */
export function takeInGiven(
  queue: SluiceBase,
  { logTable, stateTable, outboxTable, bucket, restoredAt }: GivenStorage,
  provision: SluiceFunction,
): CustomResource {
  const tables = { log: logTable, state: stateTable, outbox: outboxTable };
  for (const table of Object.values(tables))
    table?.grant(provision.role, "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive");
  if (bucket) provision.allow(["s3:GetLifecycleConfiguration", "s3:GetBucketVersioning"], bucket.bucketArn);
  const given = Object.entries({ ...tables, bucket }).flatMap(([name, one]) => (one ? [name] : []));
  return new CustomResource(queue, "Restored", {
    ...queue.provisioned("Custom::SluiceRestored"),
    properties: {
      RestoredAt: new Date(restoredAt).toISOString(),
      Given: given,
      ...(logTable ? { LogStream: logTable.tableStreamArn } : {}),
      ...(outboxTable ? { OutboxStream: outboxTable.tableStreamArn } : {}),
    },
  });
}

/** The functions' environment variable for it. */
export const givenEnvironment = (given: GivenStorage | undefined): Record<string, string> =>
  given ? { SLUICE_RESTORED_AT: new Date(given.restoredAt).toISOString() } : {};
