import type { ReceivedMessage, SettlementInput } from "../../../lib/client/types.js";
import type { Handed } from "../../../lib/domain/handed.js";

export const shown = (word: SettlementInput | undefined): string =>
  word?.outcome === "extend" ? `extend ${word.ackDeadlineSeconds}` : String(word?.outcome);

export const messageOf = ({
  id,
  receipt,
  key,
  attempt,
  lastError,
  publishedAtMs,
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
  };
};
