import { SECONDS_A_MONTH, SNS_PUBLISH, SQS_REQUEST } from "./prices.js";
import type { Traffic } from "./traffic.js";

/** SNS and SQS take up to ten messages in a request; of 1 KB each, they are billed as one. */
const BATCH_AT_MOST = 10;
/** Lambda's poller keeps five requests waiting, of twenty seconds each, while a queue is empty. */
const EMPTY_RECEIVES_A_SECOND = 5 / 20;
/** Below this rate a receive brings what one publish sent; above it, a full batch. */
const FULL_FROM_A_SECOND = 100;
/** A receive and a delete, of a batch. */
const REQUESTS_A_BATCH = 2;

/**
 * Dollars a month of the same traffic through a topic of SNS, with a queue of SQS and Lambda's poller for each
 * subscriber. The subscribers' own functions are left out, here as there.
 */
export function rivalMonth({ messagesPerSecond, batch, pushed }: Traffic): number {
  const messages = messagesPerSecond * SECONDS_A_MONTH;
  const sent = Math.min(batch, BATCH_AT_MOST);
  const received = messagesPerSecond >= FULL_FROM_A_SECOND ? BATCH_AT_MOST : sent;
  const empty = messagesPerSecond >= FULL_FROM_A_SECOND ? 0 : EMPTY_RECEIVES_A_SECOND * SECONDS_A_MONTH;
  const requests = (REQUESTS_A_BATCH * messages) / received + empty;
  return (messages / sent) * SNS_PUBLISH + pushed * requests * SQS_REQUEST;
}
