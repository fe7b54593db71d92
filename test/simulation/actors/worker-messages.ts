import type { ReceivedMessage, SettlementInput } from "../../../lib/client/types.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { Delivery } from "../checkers/delivery-checker.js";

/** A message as a worker got it. */
export interface Got {
  readonly handed: Handed;
  readonly delivery: Delivery;
  isDone: boolean;
}

export const shown = (word: SettlementInput | undefined): string =>
  word?.outcome === "extend" ? `extend ${word.ackDeadlineSeconds}` : String(word?.outcome);

export const messageOf = ({
  id,
  receipt,
  key,
  attempt,
  lastError,
  publishedAtMs,
  isApart,
}: Handed): ReceivedMessage => {
  const publishedAt = new Date(publishedAtMs).toISOString();
  return {
    id,
    receipt,
    contentType: "application/octet-stream",
    publishedAt,
    attempt,
    firstReceivedAt: publishedAt,
    ...(key === undefined ? {} : { key }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(isApart ? { alone: true } : {}),
  };
};
