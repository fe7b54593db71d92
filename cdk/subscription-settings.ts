import { Duration, Token } from "aws-cdk-lib";
import { Function } from "aws-cdk-lib/aws-lambda";
import { InvalidRequest } from "../lib/domain/errors.js";
import { compileFilter } from "../lib/domain/filter/filter.js";
import { RATE_AT_LEAST, RATE_AT_MOST } from "../lib/domain/rate.js";
import {
  HTTPS_DEFAULTS,
  RETRY_SECONDS_AT_MOST,
  RETRY_WAITS_AT_MOST,
  SUBSCRIPTION_DEFAULTS,
  WEBHOOK_SECONDS_AT_MOST,
} from "../lib/domain/subscription.js";
import { checkBetween, checkWithin } from "./check.js";
import type { RetryProps, SubscriptionProps, WebhookSubscriptionProps } from "./subscription-props.js";

/** Checks at synthesis what the API would refuse in the middle of a deployment. @throws {Error} */
export function checkSettings(props: SubscriptionProps): void {
  checkWithin("maxConcurrency", props.maxConcurrency, 1, 1_000);
  checkBetween("rateLimitPerSecond", props.rateLimitPerSecond, RATE_AT_LEAST, RATE_AT_MOST);
  checkWithin("batchMaxMessages", props.batchMaxMessages, 1, 1_000);
  checkWithin("batchMaxSize in bytes", props.batchMaxSize?.toBytes(), 1_024, 4_194_304);
  checkWithin("ackDeadline in seconds", props.ackDeadline?.toSeconds(), 1, 43_200);
  checkRetry(props.retry);
  checkFilter(props.filter);
  const retentionSeconds = props.deadLetterRetention?.toSeconds();
  checkWithin("deadLetterRetention in seconds", retentionSeconds, 3_600, 31_536_000);
  checkTimeouts(props);
}

/** @throws {Error} with every mistake and its place. What holds a token is checked as it is deployed. */
function checkFilter(filter: SubscriptionProps["filter"]): void {
  if (filter === undefined || hasToken(filter)) return;
  try {
    compileFilter(JSON.stringify(filter));
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    const mistakes = error.errors.map(
      ({ path, detail }) => `filter${path === "" ? "" : `.${path}`} ${detail}`,
    );
    throw new Error(mistakes.join("; "), { cause: error });
  }
}

const hasToken = (value: unknown): boolean =>
  Token.isUnresolved(value) ||
  (typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(([name, member]) => Token.isUnresolved(name) || hasToken(member)));

function checkTimeouts({ connectTimeout, timeout = WEBHOOK_TIMEOUT }: WebhookSubscriptionProps): void {
  checkWithin("timeout in seconds", timeout.toSeconds(), 1, WEBHOOK_SECONDS_AT_MOST);
  checkWithin("connectTimeout in seconds", connectTimeout?.toSeconds(), 1, timeout.toSeconds());
}

const WEBHOOK_TIMEOUT = Duration.seconds(HTTPS_DEFAULTS.timeoutSeconds);

function checkRetry({ maxAttempts, minBackoff, maxBackoff, schedule = [] }: RetryProps = {}): void {
  checkWithin("retry.maxAttempts", maxAttempts, 1, 1_000);
  const within = (name: string, wait: Duration | undefined): void =>
    checkWithin(`${name} in seconds`, wait?.toSeconds(), 1, RETRY_SECONDS_AT_MOST);
  within("retry.maxBackoff", maxBackoff);
  checkWithin("the length of retry.schedule", schedule.length, 0, RETRY_WAITS_AT_MOST);
  schedule.forEach((wait, index) => within(`retry.schedule[${index}]`, wait));
  const atMost = maxBackoff?.toSeconds() ?? SUBSCRIPTION_DEFAULTS.retry.maxBackoffSeconds;
  checkWithin("retry.minBackoff in seconds", minBackoff?.toSeconds(), 1, atMost);
}

const retryOf = ({ maxAttempts, minBackoff, maxBackoff, jitter, schedule }: RetryProps) => ({
  maxAttempts,
  minBackoffSeconds: minBackoff?.toSeconds(),
  maxBackoffSeconds: maxBackoff?.toSeconds(),
  jitter: jitter === undefined ? undefined : jitter ? "full" : "none",
  scheduleSeconds: schedule?.map((wait) => wait.toSeconds()),
});

/** What the user named, and nothing else: the rest may be set over the API, and then stays. */
export function settingsOf(props: SubscriptionProps): Record<string, unknown> {
  const { batchMaxMessages: maxMessages, batchMaxSize } = props;
  return {
    target: targetOf(props),
    ackDeadlineSeconds: props.ackDeadline?.toSeconds(),
    retry: props.retry && retryOf(props.retry),
    deadLetter: props.deadLetterRetention && { retentionSeconds: props.deadLetterRetention.toSeconds() },
    maxConcurrency: props.maxConcurrency,
    filter: props.filter,
    rateLimitPerSecond: props.rateLimitPerSecond,
    paused: props.paused,
    from: props.from,
    batch:
      maxMessages === undefined && !batchMaxSize
        ? undefined
        : { maxMessages, maxBytes: batchMaxSize?.toBytes() },
  };
}

/** What goes without saying. */
export const derivedOf = (props: SubscriptionProps) => ({
  ackDeadlineSeconds: defaultAckDeadline(props).toSeconds(),
});

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
 * Covers the time-out of the function or the webhook, so that a message is not handed out again while somebody may
 * still be working on it.
 */
function defaultAckDeadline({ function: fn, timeout }: SubscriptionProps): Duration {
  const timeoutSeconds = (fn instanceof Function ? fn.timeout : timeout)?.toSeconds() ?? 0;
  return Duration.seconds(Math.max(timeoutSeconds, SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds));
}
