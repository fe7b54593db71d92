import { DeleteCommand, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { AcquireOutcome, Locks } from "../../domain/ports/locks.js";
import type { DynamoDb } from "./client.js";
import { failedCondition, toDomainError, translated } from "./errors.js";

const keyOf = (name: string) => ({ pk: `pump#${name}`, sk: "-" });

/** `taken` counts the owners since one let go, the present one included. `expiresAt` is for TTL, in seconds. */
const TAKE = "SET #owner = :owner, #until = :until, expiresAt = :goes ADD taken :one";
const KEEP = "SET #until = :until, expiresAt = :goes";
const NAMES = { "#owner": "owner", "#until": "until" };

/** Nobody asks for the deaths of that long ago: what a deleted subscription leaves behind goes by itself. */
const KEPT_AFTER_S = 86_400;
const goesAt = (untilMs: number): number => Math.ceil(untilMs / 1_000) + KEPT_AFTER_S;

/** One item a name in the state table: who owns it, until when, and how many owners before died. */
export function dynamoDbLocks(db: DynamoDb): Locks {
  const { client, tables } = db;
  const TableName = tables.state;
  return {
    acquire: (name, owner, nowMs, untilMs) => acquire(db, name, owner, nowMs, untilMs),
    renew: async (name, owner, untilMs, alive) =>
      (await keep(db, name, owner, untilMs, alive)) ? "renewed" : "lost",
    release: async (name, owner) => {
      try {
        await client.send(
          new DeleteCommand({
            TableName,
            Key: keyOf(name),
            ConditionExpression: "#owner = :owner",
            ExpressionAttributeNames: { "#owner": "owner" },
            ExpressionAttributeValues: { ":owner": owner },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "released";
      } catch (error) {
        const failed = failedCondition(error);
        if (!failed) throw toDomainError(error, "releasing a pump lease");
        return failed.afterLostAnswer && !failed.item ? "released" : "lost";
      }
    },
    heldUntilMs: (name) =>
      translated("reading a pump lease", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName, Key: keyOf(name), ConsistentRead: true }),
        );
        return Item?.owner === undefined ? undefined : Number(Item.until);
      }),
  };
}

async function acquire(
  db: DynamoDb,
  name: string,
  owner: string,
  nowMs: number,
  untilMs: number,
): Promise<AcquireOutcome> {
  try {
    const { Attributes } = await db.client.send(
      new UpdateCommand({
        TableName: db.tables.state,
        Key: keyOf(name),
        UpdateExpression: TAKE,
        ConditionExpression: "attribute_not_exists(#owner) OR (#until <= :now AND #owner <> :owner)",
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ":owner": owner,
          ":until": untilMs,
          ":goes": goesAt(untilMs),
          ":now": nowMs,
          ":one": 1,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return { kind: "acquired", deaths: deathsOf(Attributes) };
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "taking a pump lease");
    const there = failed.item;
    // The owner's already: asked for again, or the answer to its first asking was lost. Nobody died in between.
    const isMine = there?.owner === owner && (await keep(db, name, owner, untilMs, false));
    if (isMine) return { kind: "acquired", deaths: deathsOf(there) };
    return { kind: "held", untilMs: typeof there?.until === "number" ? there.until : untilMs };
  }
}

const deathsOf = (item: Record<string, unknown> | undefined): number =>
  Math.max(0, Number(item?.taken ?? 1) - 1);

/** Holds on to what is the owner's; false where it is not. */
async function keep(
  { client, tables }: DynamoDb,
  name: string,
  owner: string,
  untilMs: number,
  alive: boolean,
): Promise<boolean> {
  try {
    await client.send(
      new UpdateCommand({
        TableName: tables.state,
        Key: keyOf(name),
        UpdateExpression: alive ? `${KEEP}, taken = :one` : KEEP,
        ConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ":owner": owner,
          ":until": untilMs,
          ":goes": goesAt(untilMs),
          ...(alive ? { ":one": 1 } : {}),
        },
      }),
    );
    return true;
  } catch (error) {
    if (failedCondition(error)) return false;
    throw toDomainError(error, "keeping a pump lease");
  }
}
