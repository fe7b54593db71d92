import type { UnavailableReason } from "../../domain/delivery-outcome.js";
import { type Found, duration, messages, note, wrong } from "../../domain/finding.js";
import type { Reader } from "../../domain/reader.js";
import { deliveryIsPaused } from "../../domain/topic.js";
import type { SubscriptionState } from "../manage/subscription-state.js";
import type { Limits } from "./topic-findings.js";

/** Why a target takes nothing, and what would change that. */
const ASLEEP: Readonly<Record<UnavailableReason, string>> = {
  missing: "deploy its function, or change the target",
  forbidden: "allow the queue to call its function: a construct's `subscribe` does, `sluice` cannot",
  throttled: "raise the function's concurrency, or lower maxConcurrency",
  unreachable: "look at the endpoint: nothing listens there, or not in time",
  gone: "its endpoint says that it is gone for good: change the target, or delete the subscription",
};

/** One may have been stopped: by a deployment that timed it out, or by Lambda. */
const DEATHS = 2;

/** A subscription's state, and what explains it. */
export interface AboutSubscription {
  readonly state: SubscriptionState;
  /** The most pumps in a row that died in one of its lanes. */
  readonly deaths: number;
  /** When its first dead letter died; undefined where there is none, or it has just gone. */
  readonly deadSinceMs: number | undefined;
}

/** What is wrong with one subscription. */
export function judgeSubscription(
  reader: Reader,
  about: AboutSubscription,
  limits: Limits,
): readonly Found[] {
  const { topic, subscription } = reader;
  const at = `${topic.name} ${subscription.name}`;
  const found: Found[] = [];
  const { deadLetters, expired, heldKeys, setAside } = about.state;
  if (deadLetters > 0) {
    const what = messages(deadLetters, "are dead letters", "is a dead letter");
    const advice = `sluice dead-letters list ${at}, mend the cause, then sluice redrive ${at}`;
    found.push(wrong("dead-letters", what, advice, about.deadSinceMs));
  }
  if (heldKeys > 0) {
    const keys =
      heldKeys === 1 ? "1 key is held by a dead letter" : `${heldKeys} keys are held by dead letters`;
    const advice = `sluice stuck ${at} --state held says by which: redrive or delete those`;
    found.push(wrong("keys-held", `${keys}: their later messages wait`, advice, about.deadSinceMs));
  }
  if (setAside > 0) {
    const what = `${setAside} ${setAside === 1 ? "slot" : "slots"} of messages cannot be read`;
    found.push(wrong("set-aside", what, `sluice subscriptions set-aside ${at}`));
  }
  if (expired > 0) {
    const what = `${messages(expired, "have expired", "has expired")} before anybody acknowledged them`;
    const advice = "let the topic retain for longer, or consume faster; sluice seek cannot bring them back";
    found.push(note("expired", what, advice));
  }
  const delivery = deliveryFinding(reader, about, limits);
  return delivery ? [...found, delivery] : found;
}

/** Why messages wait. The first cause explains those behind it. */
function deliveryFinding(reader: Reader, about: AboutSubscription, limits: Limits): Found | undefined {
  const { topic, subscription } = reader;
  const at = `${topic.name} ${subscription.name}`;
  const { backlog, retrying, asleep } = about.state;
  const waits = messages(backlog + retrying, "wait", "waits");
  const { disabled, paused } = subscription;
  if (disabled) {
    const what = `it is disabled: its endpoint answered 410 for a day; ${waits}`;
    return wrong("disabled", what, `sluice subscriptions wake ${at}`, disabled.sinceMs);
  }
  if (asleep) {
    const what = `it sleeps: its target is ${asleep.reason} (${asleep.error}); ${waits}`;
    const advice = `${ASLEEP[asleep.reason]}; then sluice subscriptions wake ${at}`;
    return wrong("asleep", what, advice, asleep.sinceMs);
  }
  if (paused) return note("paused", `it is paused; ${waits}`, `sluice subscriptions resume ${at}`);
  if (deliveryIsPaused(topic)) return undefined;
  if (about.deaths >= DEATHS) {
    const what = `its pump died ${about.deaths} times in a row; ${waits}`;
    return wrong("pump-dies", what, "look at the pump's alarm, and at its log for time-outs and memory");
  }
  return tooOld(reader, about.state, limits);
}

function tooOld(reader: Reader, state: SubscriptionState, { nowMs, maxAgeMs }: Limits): Found | undefined {
  const { topic, subscription } = reader;
  const at = `${topic.name} ${subscription.name}`;
  const { backlog, inFlight, retrying, oldestUnackedAgeMs: ageMs } = state;
  if (ageMs <= maxAgeMs) return undefined;
  const waits = messages(backlog + retrying, "wait", "waits");
  const old = `its oldest message has waited for ${duration(ageMs)}; ${waits}, ${inFlight} in flight`;
  const sinceMs = nowMs - ageMs;
  if (subscription.target.type === "pull")
    return inFlight > 0
      ? wrong("settled-late", old, `its consumers settle too late: sluice stuck ${at}`, sinceMs)
      : wrong("not-received", old, "no consumer receives", sinceMs);
  if (retrying > 0)
    return wrong("deliveries-fail", old, `deliveries fail: sluice stuck ${at} says why`, sinceMs);
  return inFlight > 0
    ? wrong("target-slow", old, "its target is too slow: raise maxConcurrency, or the batch", sinceMs)
    : wrong("not-delivered", old, NOTHING_DELIVERS, sinceMs);
}

const NOTHING_DELIVERS =
  "nothing delivers: look at the alarms of the dispatcher, the pump and the clock, and at the pump's log";
