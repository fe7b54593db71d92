import type { Beside } from "../../../domain/beside.js";
import { FORMAT, readable } from "./format.js";

export const recordKey = ({ name }: { readonly name: string }) => ({ pk: `record#${name}`, sk: "-" });

/** `expiresAt` is the TTL attribute, in seconds; `until` the exact time. */
export const recordItem = (claim: Beside & { readonly kind: "claim" }) => ({
  ...recordKey(claim),
  f: FORMAT,
  v: 1,
  val: claim.value,
  ...(claim.expiresAtMs === undefined
    ? {}
    : { until: claim.expiresAtMs, expiresAt: Math.ceil(claim.expiresAtMs / 1_000) }),
});

/** The record's value; undefined if there is no record. @throws {StoredFormatTooNew} */
export function recordValueOf(item: Record<string, unknown> | undefined): string | undefined {
  const value = readable(item)?.val;
  return typeof value === "string" ? value : undefined;
}
