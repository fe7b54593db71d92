import { Annotations, Stack, Token } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { WINDOW_SECONDS_AT_MOST } from "../lib/domain/batch-window.js";
import { compileFilter } from "../lib/domain/filter/filter.js";
import { LANE_WIDTH } from "../lib/domain/lane.js";
import { RATE_AT_LEAST, RATE_AT_MOST } from "../lib/domain/rate.js";
import {
  FUTURE_AT_MOST_MS,
  HTTPS_DEFAULTS,
  ON_DEAD_LETTER,
  RETRY_SECONDS_AT_MOST,
  RETRY_WAITS_AT_MOST,
  SUBSCRIPTION_DEFAULTS,
  WEBHOOK_SECONDS_AT_MOST,
} from "../lib/domain/subscription.js";
import { checkedUrl } from "../lib/domain/webhook/url.js";
import { Checks, hasToken, secondsOf } from "./check.js";
import type { ITopic } from "./queue.js";
import { outOfReach, timeoutSecondsOf } from "./reach.js";
import type { RetryProps, StartAt, StartPlace } from "./subscription-options.js";
import type { SubscriptionProps } from "./subscription-props.js";

const ACK_DEADLINE_SECONDS_AT_MOST = 43_200;
const ID_AT_MOST = 200;

/** Checks at synthesis what the API would refuse in the middle of a deployment. @throws {Error} */
export function checkSubscription(construct: IConstruct, props: SubscriptionProps): void {
  const checks = new Checks(construct);
  const { function: fn, url, topic } = props;
  if (fn && url !== undefined) checks.refuse("a subscription has a function or a url, not both");
  if (props.secret && url === undefined) checks.refuse("secret is for webhooks: give a url, too");
  checkHome(checks, construct, topic);
  checks.within("maxConcurrency", props.maxConcurrency, 1, 1_000);
  checkRate(checks, props);
  checks.within("batchMaxMessages", props.batchMaxMessages, 1, 1_000);
  checks.bytes("batchMaxSize", props.batchMaxSize, 1_024, 4_194_304);
  checkWindow(checks, props);
  checks.seconds("ackDeadline", props.ackDeadline, 1, ACK_DEADLINE_SECONDS_AT_MOST);
  checks.seconds("deadLetterRetention", props.deadLetterRetention, 3_600, 31_536_000);
  checkHold(checks, props);
  checks.flag("paused", props.paused);
  checks.flag("adopt", props.adopt);
  checkStart(checks, props.from);
  checkRetry(checks, props.retry);
  checkFilter(checks, props.filter);
  if (fn) checkFunction(checks, construct, fn, props);
  if (url !== undefined) checkWebhook(checks, props);
}

function checkHome(checks: Checks, construct: IConstruct, { queue }: ITopic): void {
  const problem = outOfReach(Stack.of(construct), queue);
  if (problem !== undefined) checks.refuse(`the subscription's stack ${problem}: both have to be the same`);
}

function checkHold(checks: Checks, { onDeadLetter, topic }: SubscriptionProps): void {
  checks.oneOf("onDeadLetter", onDeadLetter, ON_DEAD_LETTER);
  if (onDeadLetter !== "hold" || topic.ordering !== "none") return;
  checks.refuse('onDeadLetter "hold" is for topics with ordering "key": this one has no order to keep');
}

function checkRate(checks: Checks, { function: fn, url, topic, ...props }: SubscriptionProps): void {
  const { rateLimitPerSecond, maxConcurrency = SUBSCRIPTION_DEFAULTS.maxConcurrency } = props;
  if (rateLimitPerSecond === undefined) return;
  checks.between("rateLimitPerSecond", rateLimitPerSecond, RATE_AT_LEAST, RATE_AT_MOST);
  if (!fn && url === undefined)
    checks.refuse("rateLimitPerSecond is for functions and webhooks: consumers choose their own pace");
  checkOneLane(checks, topic, maxConcurrency, "rateLimitPerSecond");
}

function checkWindow(checks: Checks, { function: fn, url, topic, ...props }: SubscriptionProps): void {
  const { batchWindow, maxConcurrency = SUBSCRIPTION_DEFAULTS.maxConcurrency } = props;
  if (batchWindow === undefined) return;
  checks.seconds("batchWindow", batchWindow, 0, WINDOW_SECONDS_AT_MOST);
  if (!fn && url === undefined)
    checks.refuse(
      "batchWindow is for functions and webhooks: a receive waits for as long as its consumer says",
    );
  if (secondsOf(batchWindow) !== 0) checkOneLane(checks, topic, maxConcurrency, "batchWindow");
}

/** What one pump keeps needs a subscription that one pump delivers. */
function checkOneLane(checks: Checks, topic: ITopic, maxConcurrency: number, setting: string): void {
  if (topic.ordering !== "none" || Token.isUnresolved(maxConcurrency) || maxConcurrency <= LANE_WIDTH) return;
  checks.refuse(`maxConcurrency is ${maxConcurrency}: use at most ${LANE_WIDTH} with a ${setting}`);
}

const PLACES: readonly StartPlace[] = ["latest", "earliest"];

function checkStart(checks: Checks, from: StartAt | undefined): void {
  if (typeof from !== "object") return checks.oneOf("from", from, PLACES);
  if ("place" in from) return checks.oneOf("from.place", from.place ?? "", PLACES);
  if ("time" in from) {
    checks.time("from.time", from.time);
    if (Date.parse(from.time) > Date.now() + FUTURE_AT_MOST_MS)
      checks.refuse(
        `from.time is ${from.time}, which is in the future: "latest" is what is published from then on`,
      );
    return;
  }
  if (typeof from.id !== "string" || from.id === "") checks.refuse("from.id is the id of a message");
  checks.text("from.id", from.id, ID_AT_MOST);
}

function checkRetry(checks: Checks, retry: RetryProps = {}): void {
  const { maxAttempts, minBackoff, maxBackoff, schedule = [] } = retry;
  checks.within("retry.maxAttempts", maxAttempts, 1, 1_000);
  checks.seconds("retry.maxBackoff", maxBackoff, 1, RETRY_SECONDS_AT_MOST);
  checks.within("the length of retry.schedule", schedule.length, 0, RETRY_WAITS_AT_MOST);
  schedule.forEach((wait, at) => {
    checks.seconds(`retry.schedule[${at}]`, wait, 1, RETRY_SECONDS_AT_MOST);
  });
  const atMost = secondsOf(maxBackoff) ?? SUBSCRIPTION_DEFAULTS.retry.maxBackoffSeconds;
  checks.seconds("retry.minBackoff", minBackoff, 1, atMost);
  checks.flag("retry.jitter", retry.jitter);
}

/** Says every mistake with its place. What holds a token is checked as it is deployed. */
function checkFilter(checks: Checks, filter: SubscriptionProps["filter"]): void {
  checks.complete("filter", filter);
  if (filter === undefined || hasToken(filter)) return;
  checks.compiles("filter", () => compileFilter(JSON.stringify(filter)));
}

function checkFunction(checks: Checks, construct: IConstruct, fn: IFunction, props: SubscriptionProps): void {
  const problem = outOfReach(fn.env, props.topic.queue);
  if (problem !== undefined)
    checks.refuse(`the function ${problem}: use a function of the queue's account and region, or a webhook`);
  const timeoutSeconds = timeoutSecondsOf(fn);
  const deadlineSeconds = secondsOf(props.ackDeadline);
  if (timeoutSeconds === undefined && deadlineSeconds === undefined) {
    const text =
      "the function's time-out is not known, since it was made elsewhere: give an ackDeadline that is no shorter. " +
      `It is ${SUBSCRIPTION_DEFAULTS.ackDeadlineSeconds} s; a message that takes longer is delivered again meanwhile.`;
    Annotations.of(construct).addWarningV2("sluice:unknown-timeout", text);
  }
  checkCovers(checks, "the function's time-out", timeoutSeconds, deadlineSeconds);
}

function checkWebhook(checks: Checks, props: SubscriptionProps): void {
  const { url = "", connectTimeout, timeout, format, topic } = props;
  checks.oneOf("format", format, ["message", "cloudevent"]);
  checks.seconds("timeout", timeout, 1, WEBHOOK_SECONDS_AT_MOST);
  const seconds = secondsOf(timeout) ?? HTTPS_DEFAULTS.timeoutSeconds;
  checks.seconds("connectTimeout", connectTimeout, 1, seconds);
  checkCovers(checks, "timeout", seconds, secondsOf(props.ackDeadline));
  if (Token.isUnresolved(url)) return;
  const checked = checkedUrl(url, topic.queue.targetPolicy);
  if ("wrong" in checked) checks.refuse(`url ${checked.wrong}`);
}

function checkCovers(
  checks: Checks,
  what: string,
  seconds: number | undefined,
  deadline: number | undefined,
): void {
  if (seconds === undefined || deadline === undefined) return;
  if (Token.isUnresolved(seconds) || Token.isUnresolved(deadline) || deadline >= seconds) return;
  checks.refuse(
    `ackDeadline is ${deadline} s, and ${what} ${seconds} s: a message would be delivered again while it is worked on`,
  );
}
