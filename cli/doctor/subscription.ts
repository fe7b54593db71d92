import type { SubscriptionWithState, Topic } from "../../lib/client/index.js";
import { type Finding, duration, messages, note, wrong } from "./finding.js";

type Found = Pick<Finding, "level" | "what" | "advice">;
type Breaker = Extract<SubscriptionWithState["state"]["breaker"], { readonly state: "open" }>;

/** Why a target takes nothing, and what would change that. */
const ASLEEP: Readonly<Record<Breaker["reason"], string>> = {
  missing: "deploy its function, or change the target",
  forbidden: "allow the queue to call its function: a construct's `subscribe` does, `sluice` cannot",
  throttled: "raise the function's concurrency, or lower maxConcurrency",
  unreachable: "look at the endpoint: nothing listens there, or not in time",
  gone: "its endpoint says that it is gone for good: change the target, or delete the subscription",
};

/** What is wrong with one subscription. `maxAgeSeconds`: so old may a message be that is not done. */
export function subscriptionFindings(
  topic: Topic,
  subscription: SubscriptionWithState,
  maxAgeSeconds: number,
): readonly Found[] {
  const { name, state } = subscription;
  const at = `${topic.name} ${name}`;
  const found: Found[] = [];
  const { deadLetters, expired, heldKeys, setAside } = state;
  if (deadLetters > 0) {
    const advice = `sluice dead-letters list ${at}, mend the cause, then sluice redrive ${at}`;
    found.push(wrong(messages(deadLetters, "are dead letters", "is a dead letter"), advice));
  }
  if (heldKeys > 0) {
    const what =
      heldKeys === 1 ? "1 key is held by a dead letter" : `${heldKeys} keys are held by dead letters`;
    const advice = `sluice stuck ${at} --state held says by which: redrive or delete those`;
    found.push(wrong(`${what}: their later messages wait`, advice));
  }
  if (setAside > 0) {
    const what = `${setAside} ${setAside === 1 ? "slot" : "slots"} of messages cannot be read`;
    found.push(wrong(what, `sluice subscriptions set-aside ${at}`));
  }
  if (expired > 0) {
    const what = `${messages(expired, "have expired", "has expired")} before anybody acknowledged them`;
    found.push(
      note(what, `let the topic retain for longer, or consume faster; sluice seek cannot bring them back`),
    );
  }
  return [...found, ...deliveryFindings(topic, subscription, maxAgeSeconds)];
}

/** Why messages wait. The first cause explains those behind it. */
function deliveryFindings(
  topic: Topic,
  { name, paused, target, state }: SubscriptionWithState,
  maxAgeSeconds: number,
): readonly Found[] {
  const at = `${topic.name} ${name}`;
  const { backlog, inFlight, retrying, breaker, oldestUnackedAgeSeconds: age } = state;
  const waiting = backlog + retrying;
  const waits = messages(waiting, "wait", "waits");
  if (breaker.state === "disabled")
    return [
      wrong(
        `it is disabled: its endpoint answered 410 for a day; ${waits}`,
        `sluice subscriptions wake ${at}`,
      ),
    ];
  if (breaker.state === "open") {
    const what = `it sleeps until ${breaker.until}: its target is ${breaker.reason} (${breaker.error}); ${waits}`;
    return [wrong(what, `${ASLEEP[breaker.reason]}; then sluice subscriptions wake ${at}`)];
  }
  if (paused) return [note(`it is paused; ${waits}`, `sluice subscriptions resume ${at}`)];
  if (topic.paused === "delivery" || topic.paused === "all") return [];
  if (age <= maxAgeSeconds) return [];
  const old = `its oldest message has waited for ${duration(age)}; ${waits}, ${inFlight} in flight`;
  if (target.type === "pull")
    return [
      wrong(old, inFlight > 0 ? `its consumers settle too late: sluice stuck ${at}` : "no consumer receives"),
    ];
  if (retrying > 0) return [wrong(old, `deliveries fail: sluice stuck ${at} says why`)];
  const advice =
    inFlight > 0
      ? "its target is too slow: raise maxConcurrency, or the batch"
      : "nothing delivers: look at the alarms of the dispatcher, the pump and the clock, and at the pump's log";
  return [wrong(old, advice)];
}
