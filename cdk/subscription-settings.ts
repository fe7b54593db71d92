import { SUBSCRIPTION_DEFAULTS } from "../lib/domain/subscription.js";
import { secondsOf } from "./check.js";
import { timeoutSecondsOf } from "./reach.js";
import type { RetryProps, StartAt } from "./subscription-options.js";
import type { SubscriptionProps } from "./subscription-props.js";

const retryOf = ({ maxAttempts, minBackoff, maxBackoff, jitter, schedule }: RetryProps) => ({
  maxAttempts,
  minBackoffSeconds: minBackoff?.toSeconds(),
  maxBackoffSeconds: maxBackoff?.toSeconds(),
  jitter: jitter === undefined ? undefined : jitter ? "full" : "none",
  scheduleSeconds: schedule?.map((wait) => wait.toSeconds()),
});

const startOf = (from: StartAt | undefined) =>
  typeof from === "object" && "place" in from ? from.place : from;

/** What the user named, and nothing else: the rest may be set over the API, and then stays. */
export function settingsOf(props: SubscriptionProps): Record<string, unknown> {
  const { batchMaxMessages: maxMessages, batchMaxSize, batchWindow } = props;
  const batch = {
    maxMessages,
    maxBytes: batchMaxSize?.toBytes(),
    windowSeconds: batchWindow?.toSeconds(),
  };
  const hasBatch = Object.values(batch).some((value) => value !== undefined);
  const { onDeadLetter, deadLetterRetention } = props;
  const deadLetter = { retentionSeconds: deadLetterRetention?.toSeconds(), onDeadLetter };
  const hasDeadLetter = Object.values(deadLetter).some((value) => value !== undefined);
  return {
    target: targetOf(props),
    ackDeadlineSeconds: props.ackDeadline?.toSeconds(),
    retry: props.retry && retryOf(props.retry),
    deadLetter: hasDeadLetter ? deadLetter : undefined,
    maxConcurrency: props.maxConcurrency,
    filter: props.filter,
    rateLimitPerSecond: props.rateLimitPerSecond,
    paused: props.paused,
    from: startOf(props.from),
    batch: hasBatch ? batch : undefined,
  };
}

function targetOf({ function: fn, url, format, connectTimeout, timeout, secret }: SubscriptionProps) {
  if (fn) return { type: "lambda", functionArn: fn.functionArn };
  if (url === undefined) return { type: "pull" };
  return {
    type: "https",
    url,
    format,
    connectTimeoutSeconds: connectTimeout?.toSeconds(),
    timeoutSeconds: timeout?.toSeconds(),
    // Said also if there is none, so that one that was taken out of the stack is not used any more.
    secretArn: secret?.secretArn ?? null,
  };
}

/**
 * What goes without saying: a deadline that covers the time-out of the function or the webhook, so that a message is
 * not handed out again while somebody may still be working on it.
 */
export function derivedOf({ function: fn, timeout }: SubscriptionProps): Record<string, number> {
  const seconds = (fn ? timeoutSecondsOf(fn) : secondsOf(timeout)) ?? 0;
  return { ackDeadlineSeconds: Math.max(seconds, SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds) };
}
