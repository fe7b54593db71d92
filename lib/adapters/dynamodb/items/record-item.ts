import type { Claim } from "../../../domain/beside.js";
import { FORMAT, IS_READABLE, IS_READABLE_VALUES, readable } from "./format.js";

export const recordKey = ({ name }: { readonly name: string }) => ({ pk: `record#${name}`, sk: "-" });

/**
 * TTL removes a record no sooner than every clock says that it has expired, and every transaction has landed that was
 * begun before.
 */
const STANDS_AFTER_EXPIRY_S = 15 * 60;

/** `expiresAt` is the TTL attribute, in seconds; `until` the exact time. */
export const recordItem = (claim: Claim) => ({
  ...recordKey(claim),
  f: FORMAT,
  v: 1,
  val: claim.value,
  ...(claim.expiresAtMs === undefined
    ? {}
    : { until: claim.expiresAtMs, expiresAt: Math.ceil(claim.expiresAtMs / 1_000) + STANDS_AFTER_EXPIRY_S }),
});

/** Puts the record if there is none, or one that has expired by then. A refusal shows what is there. */
export const claimPut = (claim: Claim, nowMs: number) => ({
  Item: recordItem(claim),
  ConditionExpression: `attribute_not_exists(pk) OR (#until <= :now AND ${IS_READABLE})`,
  ExpressionAttributeNames: { "#until": "until" },
  ExpressionAttributeValues: { ":now": nowMs, ...IS_READABLE_VALUES },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
});

/** The record's value; undefined if there is no record. @throws {StoredFormatTooNew} */
export function recordValueOf(item: Record<string, unknown> | undefined): string | undefined {
  const value = readable(item)?.val;
  return typeof value === "string" ? value : undefined;
}
