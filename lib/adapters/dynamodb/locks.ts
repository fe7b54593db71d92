import { GetCommand, UpdateCommand } from "./commands.js";
import type { AcquireOutcome, FreeLock, KnockOutcome, Locks } from "../../domain/ports/locks.js";
import type { DynamoDb } from "./client.js";
import { conditionally } from "./conditionally.js";
import {
  IS_READABLE,
  IS_READABLE_VALUES,
  KEEP_FORMAT,
  KEEP_FORMAT_VALUES,
  readable,
} from "./items/format.js";
import { failedCondition, toDomainError, translated } from "./errors.js";

const keyOf = (name: string) => ({ pk: `lock#${name}`, sk: "-" });

/**
 * `taken` counts the owners since the lock was last released, the present one included; `takes` counts all of them, and
 * `at` is when the last one took it. `expiresAt` is the TTL attribute, in seconds.
 */
const TAKE = [
  `SET #owner = :owner, #until = :until, #at = :now, expiresAt = :goes, ${KEEP_FORMAT}`,
  "REMOVE knocked ADD taken :one, takes :one",
].join(" ");
const KEEP = "SET #until = :until, expiresAt = :goes";
const IS_FREE = "(attribute_not_exists(#owner) OR (#until <= :now AND #owner <> :owner))";
const IS_OWN = `#owner = :owner AND ${IS_READABLE}`;
const NAMES = { "#owner": "owner", "#until": "until" };

/**
 * How long the count of deaths and the note outlive an owner. After that TTL may remove the item, so the lock of a
 * deleted lane cleans itself up.
 */
const KEPT_AFTER_S = 86_400;
const goesAt = (untilMs: number): number => Math.ceil(untilMs / 1_000) + KEPT_AFTER_S;

/**
 * One item for each lock in the state table: its owner, its deadline, how many owners before it died, whether somebody
 * has knocked or called, and the last owner's note. It stays for a day after a release, so that whoever started
 * somebody who takes the lock can tell whether that has happened.
 */
export function dynamoDbLocks(db: DynamoDb): Locks {
  return {
    acquire: (name, owner, nowMs, untilMs) => acquire(db, name, owner, nowMs, untilMs),
    renew: async (name, owner, untilMs, alive, note) =>
      (await keep(db, { name, owner, untilMs, alive, note })) ? "renewed" : "lost",
    release: (name, owner, note) => release(db, name, owner, note),
    knock: (name, nowMs) => knock(db, name, nowMs),
    call: (name, takes, nowMs) => call(db, name, takes, nowMs),
    note: async (name, { consistent = false } = {}) => {
      const note: unknown = (await read(db, name, consistent))?.note;
      return typeof note === "string" ? note : undefined;
    },
    heldUntilMs: async (name) => {
      const lock = await read(db, name, true);
      return lock?.owner === undefined ? undefined : Number(lock.until);
    },
    deaths: async (name) => {
      const lock = await read(db, name, true);
      return lock?.owner === undefined ? 0 : deathsIn(lock);
    },
  };
}

const read = (
  { client, tables }: DynamoDb,
  name: string,
  ConsistentRead: boolean,
): Promise<Record<string, unknown> | undefined> =>
  translated("reading a lock", async () => {
    const Key = keyOf(name);
    return readable(
      (await client.send(new GetCommand({ TableName: tables.state, Key, ConsistentRead }))).Item,
    );
  });

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
        ExpressionAttributeNames: { ...NAMES, "#at": "at" },
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
    // The caller owns it already: it asked again, or the response to its first request was lost. Nobody died in
    // between.
    const isMine = there?.owner === owner && (await keep(db, { name, owner, untilMs, alive: false }));
    if (isMine) return acquired(there);
    return { kind: "held", untilMs: typeof there?.until === "number" ? there.until : untilMs };
  }
}

const deathsIn = (item: Record<string, unknown> | undefined): number =>
  Math.max(0, Number(item?.taken ?? 1) - 1);

const acquired = (item: Record<string, unknown> | undefined): AcquireOutcome => ({
  kind: "acquired",
  deaths: deathsIn(item),
  ...(item?.called === undefined ? {} : { isCalled: true }),
  ...noted(item),
});

const noted = (item: Record<string, unknown> | undefined): { note?: string } =>
  typeof item?.note === "string" ? { note: item.note } : {};

interface Kept {
  readonly name: string;
  readonly owner: string;
  readonly untilMs: number;
  readonly alive: boolean;
  readonly note?: string | undefined;
}

/** Renews the lock; false if `owner` does not hold it. */
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

/**
 * If an earlier attempt got no response and the lock now has no owner, that attempt released it. Whether somebody had
 * knocked is not known then.
 */
async function release(
  { client, tables }: DynamoDb,
  name: string,
  owner: string,
  note: string | undefined,
): Promise<"released" | "knocked" | "lost"> {
  const removed = "REMOVE #owner, #until, taken, knocked, #called";
  const change = new UpdateCommand({
    TableName: tables.state,
    Key: keyOf(name),
    UpdateExpression: note === undefined ? `${removed}, #note` : `SET #note = :note ${removed}`,
    ConditionExpression: IS_OWN,
    ExpressionAttributeNames: { ...NAMES, "#note": "note", "#called": "called" },
    ExpressionAttributeValues: {
      ...IS_READABLE_VALUES,
      ":owner": owner,
      ...(note === undefined ? {} : { ":note": note }),
    },
    ReturnValues: "ALL_OLD",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    const { Attributes } = await client.send(change);
    return hasWord(Attributes) ? "knocked" : "released";
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw toDomainError(error, "releasing a lock");
    return failed.afterLostAnswer && failed.item?.owner === undefined ? "knocked" : "lost";
  }
}

const hasWord = (item: Record<string, unknown> | undefined): boolean =>
  item?.knocked === true || item?.called !== undefined;

/** Reads first, because that costs less than a write, and one word is enough. */
async function knock({ client, tables }: DynamoDb, name: string, nowMs: number): Promise<KnockOutcome> {
  const lock = { TableName: tables.state, Key: keyOf(name) };
  const there = await translated("knocking", () =>
    client.send(new GetCommand({ ...lock, ConsistentRead: true })),
  );
  const item = readable(there.Item);
  if (item?.owner === undefined || Number(item.until) <= nowMs) return { ...freeLock(item), ...noted(item) };
  if (hasWord(item)) return { kind: "held" };
  const change = new UpdateCommand({
    ...lock,
    UpdateExpression: "SET knocked = :true",
    ConditionExpression: `#until > :now AND ${IS_READABLE}`,
    ExpressionAttributeNames: { "#until": "until" },
    ExpressionAttributeValues: { ...IS_READABLE_VALUES, ":true": true, ":now": nowMs },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  if (await conditionally("knocking", () => client.send(change))) return { kind: "held" };
  // It was let go of meanwhile: what was noted before may be out of date.
  return freeLock(item);
}

const freeLock = (item: Record<string, unknown> | undefined): FreeLock => ({
  kind: "free",
  takes: Number(item?.takes ?? 0),
  ...(typeof item?.at === "number" ? { takenAtMs: item.at } : {}),
  ...(typeof item?.called === "number" ? { calledAtMs: item.called } : {}),
});

/** A repeat of a call whose answer was lost finds the lock as it left it, or taken. */
async function call(
  { client, tables }: DynamoDb,
  name: string,
  takes: number,
  nowMs: number,
): Promise<"called" | "taken"> {
  const isUntaken = takes === 0 ? "attribute_not_exists(takes)" : "takes = :takes";
  const change = new UpdateCommand({
    TableName: tables.state,
    Key: keyOf(name),
    UpdateExpression: `SET #called = :now, expiresAt = :goes, ${KEEP_FORMAT}`,
    ConditionExpression: `(attribute_not_exists(#owner) OR #until <= :now) AND ${isUntaken} AND ${IS_READABLE}`,
    ExpressionAttributeNames: { ...NAMES, "#called": "called" },
    ExpressionAttributeValues: {
      ...IS_READABLE_VALUES,
      ...KEEP_FORMAT_VALUES,
      ...(takes === 0 ? {} : { ":takes": takes }),
      ":now": nowMs,
      ":goes": goesAt(nowMs),
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  return (await conditionally("calling", () => client.send(change))) ? "called" : "taken";
}
