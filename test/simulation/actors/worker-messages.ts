import type { ReceiveRequest } from "../../../lib/client/consumer/receiver.js";
import type { ReceivedMessage, SettlementInput, SettlementResult } from "../../../lib/client/types.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { problemOf } from "../../../lib/http/problem.js";
import type { WaitingRequest } from "../../../lib/operations/consume/receive.js";
import type { SettleResult, Settlement } from "../../../lib/operations/consume/settle.js";
import type { Delivery } from "../checkers/delivery-checker.js";
import type { Deployment } from "../deployment.js";

/** A message as a worker got it. */
export interface Got {
  readonly handed: Handed;
  readonly delivery: Delivery;
  isDone: boolean;
}

const shown = (word: SettlementInput | undefined): string =>
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

export const askedBy = ({
  maxMessages,
  waitSeconds,
  ackDeadlineSeconds,
  inHand: beside,
}: ReceiveRequest): WaitingRequest => ({ maxMessages, waitSeconds, ackDeadlineSeconds, beside });

/** Tells the checkers what a worker is about to say of messages, and what it was told, as far as that arrives. */
export function saying(
  { world, monitor, effects }: Deployment,
  { subscription, worker }: { readonly subscription: string; readonly worker: string },
  words: readonly SettlementInput[],
  gots: readonly Got[],
) {
  const isAck = words.map(({ outcome }) => outcome === "ack");
  for (const [index, { handed, delivery, isDone }] of gots.entries()) {
    if (words[index]?.outcome === "reject") monitor.deliveries.saidRejected(delivery, [handed.id], false);
    if (!isAck[index]) continue;
    effects.acknowledged(subscription, [handed.id]);
    monitor.handlers.acknowledges(worker, handed, delivery, isDone);
    monitor.deliveries.saidDone(delivery, [handed.id]);
  }
  monitor.journals.says(words as readonly Settlement[]);
  const told = (results: readonly SettleResult[]): SettlementResult[] => {
    for (const [index, { handed, delivery }] of gots.entries()) {
      if (results[index]?.kind !== "ok") continue;
      if (isAck[index]) monitor.deliveries.settled(delivery, [handed.id]);
      if (words[index]?.outcome === "reject") monitor.deliveries.saidRejected(delivery, [handed.id], true);
    }
    world.count("client-settled", words.length);
    return results.map((one) => (one.kind === "ok" ? { status: "ok" } : { error: problemOf(one.error) }));
  };
  return { what: gots.map(({ handed }, index) => `${shown(words[index])} ${handed.id}`).join(), told };
}
