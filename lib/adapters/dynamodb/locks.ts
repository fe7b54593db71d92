import { DeleteCommand, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { AcquireOutcome, Locks } from "../../domain/ports/locks.js";
import type { DynamoDb } from "./client.js";
import {
  IS_READABLE,
  IS_READABLE_VALUES,
  KEEP_FORMAT,
  KEEP_FORMAT_VALUES,
  readable,
} from "./items/format.js";
import { failedCondition, toDomainError, translated } from "./errors.js";

const keyOf = (name: string) => ({ pk: `lock#${name}`, sk: "-" });

/** `taken` counts the owners since one let go, the present one included. `expiresAt` is for TTL, in seconds. */
const TAKE = `SET #owner = :owner, #until = :until, expiresAt = :goes, ${KEEP_FORMAT} ADD taken :one`;
const KEEP = "SET #until = :until, expiresAt = :goes";
const IS_FREE = "(attribute_not_exists(#owner) OR (#until <= :now AND #owner <> :owner))";
const IS_OWN = `#owner = :owner AND ${IS_READABLE}`;
const NAMES = { "#owner": "owner", "#until": "until" };

/** Nobody asks for the deaths or the note of that long ago: what a deleted lane leaves behind goes by itself. */
const KEPT_AFTER_S = 86_400;
const goesAt = (untilMs: number): number => Math.ceil(untilMs / 1_000) + KEPT_AFTER_S;

/**
 * One item a name in the state table: who owns it, until when, how many owners before died, and what the last one
 * noted. Released, it stays only for its note.
 */
export function dynamoDbLocks(db: DynamoDb): Locks {
  return {
    acquire: (name, owner, nowMs, untilMs) => acquire(db, name, owner, nowMs, untilMs),
    renew: async (name, owner, untilMs, alive, note) =>
      (await keep(db, { name, owner, untilMs, alive, note })) ? "renewed" : "lost",
    release: (name, owner, note) => release(db, name, owner, note),
    heldUntilMs: (name) =>
      translated("reading a lock", async () => {
        const { Item } = await db.client.send(
          new GetCommand({ TableName: db.tables.state, Key: keyOf(name), ConsistentRead: true }),
        );
        return readable(Item)?.owner === undefined ? undefined : Number(Item?.until);
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
        ConditionExpression: `${IS_FREE} AND ${IS_READABLE}`,
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: {
          ...IS_READABLE_VALUES,
          ...KEEP_FORMAT_VALUES,
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
    return acquired(Attributes);
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "taking a lock");
    const there = failed.item;
    // The owner's already: asked for again, or the answer to its first asking was lost. Nobody died in between.
    const isMine = there?.owner === owner && (await keep(db, { name, owner, untilMs, alive: false }));
    if (isMine) return acquired(there);
    return { kind: "held", untilMs: typeof there?.until === "number" ? there.until : untilMs };
  }
}

const acquired = (item: Record<string, unknown> | undefined): AcquireOutcome => ({
  kind: "acquired",
  deaths: Math.max(0, Number(item?.taken ?? 1) - 1),
  ...(typeof item?.note === "string" ? { note: item.note } : {}),
});

interface Kept {
  readonly name: string;
  readonly owner: string;
  readonly untilMs: number;
  readonly alive: boolean;
  readonly note?: string | undefined;
}

/** Holds on to what is the owner's; false where it is not. */
async function keep(
  { client, tables }: DynamoDb,
  { name, owner, untilMs, alive, note }: Kept,
): Promise<boolean> {
  const changes = [
    KEEP,
    ...(alive ? ["taken = :one"] : []),
    ...(note === undefined ? [] : ["#note = :note"]),
  ];
  try {
    await client.send(
      new UpdateCommand({
        TableName: tables.state,
        Key: keyOf(name),
        UpdateExpression: changes.join(", "),
        ConditionExpression: IS_OWN,
        ExpressionAttributeNames: { ...NAMES, ...(note === undefined ? {} : { "#note": "note" }) },
        ExpressionAttributeValues: {
          ...IS_READABLE_VALUES,
          ":owner": owner,
          ":until": untilMs,
          ":goes": goesAt(untilMs),
          ...(alive ? { ":one": 1 } : {}),
          ...(note === undefined ? {} : { ":note": note }),
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return true;
  } catch (error) {
    if (failedCondition(error)) return false;
    throw toDomainError(error, "keeping a lock");
  }
}

/** After an attempt without an answer, one that nobody owns was let go by that attempt. */
async function release(
  { client, tables }: DynamoDb,
  name: string,
  owner: string,
  note: string | undefined,
): Promise<"released" | "lost"> {
  const ours = {
    TableName: tables.state,
    Key: keyOf(name),
    ConditionExpression: IS_OWN,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
  const names = { "#owner": "owner" };
  const values = { ":owner": owner, ...IS_READABLE_VALUES };
  try {
    if (note === undefined) {
      await client.send(
        new DeleteCommand({ ...ours, ExpressionAttributeNames: names, ExpressionAttributeValues: values }),
      );
    } else {
      await client.send(
        new UpdateCommand({
          ...ours,
          UpdateExpression: "SET #note = :note REMOVE #owner, #until, taken",
          ExpressionAttributeNames: { ...NAMES, "#note": "note" },
          ExpressionAttributeValues: { ...values, ":note": note },
        }),
      );
    }
    return "released";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "releasing a lock");
    return failed.afterLostAnswer && failed.item?.owner === undefined ? "released" : "lost";
  }
}
