import type { DynamoDb } from "./client.js";

/** A damaged item is left out, and an operator told. */
export function damaged({ telemetry }: DynamoDb, { pk, sk }: Record<string, unknown>): undefined {
  telemetry?.event("record-damaged", "error", { pk: String(pk), sk: String(sk) });
}
