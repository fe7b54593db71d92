import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { PumpLeases } from "../../domain/ports/pump-leases.js";
import type { DynamoDb } from "./client.js";
import { failedCondition, toDomainError, translated } from "./errors.js";

const keyOf = (name: string) => ({ pk: `pump#${name}`, sk: "-" });

const NAMES = { "#owner": "owner", "#until": "until" };

/** One item a name in the state table: who owns it, until when, and how many owners before died. */
export function dynamoDbPumpLeases({ client, tables }: DynamoDb): PumpLeases {
  const TableName = tables.state;
  const mine = async (
    name: string,
    owner: string,
    change: string,
    values: Record<string, unknown>,
  ): Promise<boolean> => {
    try {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(name),
          UpdateExpression: change,
          ConditionExpression: "#owner = :owner",
          ExpressionAttributeNames: NAMES,
          ExpressionAttributeValues: { ":owner": owner, ...values },
        }),
      );
      return true;
    } catch (error) {
      if (failedCondition(error)) return false;
      throw toDomainError(error, "keeping a pump lease");
    }
  };
  return {
    acquire: async (name, owner, nowMs, untilMs) => {
      try {
        // `deaths` counts on each take-over; a release removes it, so that only owners in a row that never let go count.
        const { Attributes } = await client.send(
          new UpdateCommand({
            TableName,
            Key: keyOf(name),
            UpdateExpression: "SET #owner = :owner, #until = :until ADD taken :one",
            ConditionExpression: "attribute_not_exists(#owner) OR #owner = :owner OR #until <= :now",
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: { ":owner": owner, ":until": untilMs, ":now": nowMs, ":one": 1 },
            ReturnValues: "ALL_NEW",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { kind: "acquired", deaths: Math.max(0, Number(Attributes?.taken ?? 1) - 1) };
      } catch (error) {
        const failed = failedCondition(error);
        if (failed) return { kind: "held", untilMs: Number(failed.item?.until ?? untilMs) };
        throw toDomainError(error, "taking a pump lease");
      }
    },
    renew: async (name, owner, untilMs, alive) => {
      const forget = alive ? ", taken = :one" : "";
      const values = { ":until": untilMs, ...(alive ? { ":one": 1 } : {}) };
      return (await mine(name, owner, `SET #until = :until${forget}`, values)) ? "renewed" : "lost";
    },
    release: async (name, owner) =>
      (await mine(name, owner, "REMOVE #owner, #until, taken", {})) ? "released" : "lost",
    heldUntilMs: (name) =>
      translated("reading a pump lease", async () => {
        const { Item } = await client.send(
          new GetCommand({ TableName, Key: keyOf(name), ConsistentRead: true }),
        );
        return Item?.owner === undefined ? undefined : Number(Item.until);
      }),
  };
}
