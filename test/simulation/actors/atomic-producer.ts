import { SluiceError } from "../../../lib/domain/errors.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import { publishAtomically } from "../../../lib/operations/atomic/publish-atomically.js";
import type { TopicDraft } from "../../../lib/operations/delay/publish-to-topics.js";
import type { Deployment } from "../deployment.js";
import { noise } from "../noise.js";
import type { Functions } from "./functions.js";

export interface AtomicPlan {
  readonly name: string;
  /** The topics that its messages go to, at random. */
  readonly topics: readonly string[];
  readonly requests: number;
  readonly batch: number;
  /** Where the first topic is ordered by them. */
  readonly keys: readonly string[];
  readonly gapMs: number;
  readonly longGapMs: number;
  readonly bigShare: number;
  /** The share of messages that it delays, by up to so many seconds. */
  readonly delayedShare: number;
  readonly delaySeconds: number;
  /** The share of requests with a key, which are sent again as they were. */
  readonly keyedShare: number;
  /** The share of messages that somebody published before, with the same dedupId. */
  readonly repeatShare: number;
}

const ATTEMPTS = 5;
const RECENT = 4;
const BIG_CHARACTERS = 900;
const UNKNOWN = "storage-unavailable";

/** One request: its messages, and what each is called. */
interface Sent {
  readonly name: string;
  readonly labels: readonly string[];
  readonly drafts: readonly TopicDraft[];
}

/** Publishes to one or several topics, all or nothing. */
export async function produceAtomically(
  deployment: Deployment,
  functions: Functions,
  plan: AtomicPlan,
): Promise<void> {
  const { world } = deployment;
  const numbers = { next: 0 };
  const longAt = world.random.below(2 * plan.requests);
  for (let round = 0; round < plan.requests; round++) {
    await world.sleep(round === longAt ? plan.longGapMs : world.between(0, plan.gapMs));
    if (world.chance(plan.keyedShare)) await sendKeyed(deployment, functions, plan, numbers);
    else await send(deployment, functions, plan, numbers);
  }
}

/** Without a key each try is a request of its own. */
async function send(
  deployment: Deployment,
  functions: Functions,
  plan: AtomicPlan,
  numbers: { next: number },
): Promise<void> {
  const { world, monitor } = deployment;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const sent = requestOf(deployment, plan, numbers);
    const sentAtMs = world.nowMs;
    const ended = await once(deployment, functions, sent, undefined);
    if (ended.kind === "answered") return told(deployment, plan, sent, ended.value, sentAtMs);
    if (ended.kind === "failed" && ended.error instanceof SluiceError && ended.error.code !== UNKNOWN)
      monitor.atomic.refused(newIn(sent));
    missed(deployment, sent);
    await world.sleep(world.between(50, 2_000));
  }
}

/** The very same request, until it is answered, and sometimes once more. */
async function sendKeyed(
  deployment: Deployment,
  functions: Functions,
  plan: AtomicPlan,
  numbers: { next: number },
): Promise<void> {
  const { world } = deployment;
  const sent = requestOf(deployment, plan, numbers);
  const sentAtMs = world.nowMs;
  let first: readonly PublishResult[] | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ended = await once(deployment, functions, sent, `${sent.name} ${sentAtMs}`);
    if (ended.kind === "answered") {
      if (first) sameAgain(deployment, sent, first, ended.value);
      else told(deployment, plan, sent, ended.value, sentAtMs);
      first = ended.value;
      if (world.chance(0.6)) return;
    } else if (!first) missed(deployment, sent);
    await world.sleep(world.between(50, 2_000));
  }
}

function once(deployment: Deployment, functions: Functions, sent: Sent, key: string | undefined) {
  const { monitor } = deployment;
  monitor.log.sent(sent.labels);
  monitor.atomic.sent(sent.name, newIn(sent));
  const request = key === undefined ? undefined : ({ key, fingerprint: "same", scope: "topics" } as const);
  return functions.invoke(
    "api",
    (engine) => publishAtomically(engine, sent.drafts, request),
    `publish all of ${sent.labels.join()}${key === undefined ? "" : " under a key"}`,
  );
}

function missed({ world, monitor }: Deployment, { labels }: Sent): void {
  if (monitor.deliveries.calm.size > 0)
    world.violation("answer", `${labels.join()} was not published, and nothing was wrong`);
}

/** What nobody published before has no dedupId that is known. */
const newIn = ({ labels, drafts }: Sent): readonly string[] =>
  labels.filter((_, at) => drafts[at]?.content.dedupId === undefined);

function requestOf(deployment: Deployment, plan: AtomicPlan, numbers: { next: number }): Sent {
  const { world, monitor } = deployment;
  const name = `${plan.name}-${numbers.next}`;
  const count = world.between(1, plan.batch);
  const labels = Array.from({ length: count }, () => {
    const { sent } = monitor.dedup;
    const isRepeat = sent.length > 0 && world.chance(plan.repeatShare);
    return isRepeat ? world.pick(sent.slice(-RECENT)) : `${plan.name}-${numbers.next++}`;
  });
  return { name, labels, drafts: labels.map((label) => draftOf(deployment, plan, label)) };
}

function draftOf({ world, monitor: { dedup } }: Deployment, plan: AtomicPlan, label: string): TopicDraft {
  const padding = world.chance(plan.bigShare) ? ` ${noise(world.random, BIG_CHARACTERS)}` : "";
  const hasId = dedup.sent.includes(label) || world.chance(plan.repeatShare);
  if (hasId && !dedup.sent.includes(label)) dedup.sent.push(label);
  const delayMs = world.chance(plan.delayedShare) ? world.between(1_000, plan.delaySeconds * 1_000) : 0;
  return {
    // Its dedupId is known where it was used first.
    topic: hasId ? (plan.topics[0] as string) : world.pick(plan.topics),
    content: {
      body: `${label}${padding}`,
      contentType: "text/plain",
      ...(plan.keys.length > 0 ? { key: world.pick(plan.keys) } : {}),
      ...(hasId ? { dedupId: label } : {}),
    },
    ...(delayMs > 0 ? { deliverAtMs: world.nowMs + delayMs } : {}),
  };
}

function told(
  { world, monitor }: Deployment,
  plan: AtomicPlan,
  sent: Sent,
  results: readonly PublishResult[],
  sentAtMs: number,
): void {
  const { labels, drafts } = sent;
  monitor.atomic.told(newIn(sent));
  results.forEach((result, at) => {
    const label = labels[at] as string;
    if (result.kind === "failed")
      world.violation("atomic", `${label} failed, and others of its request did not`);
    else if (result.isRepeat) monitor.dedup.repeated(result.id, label, sentAtMs);
    else if (result.kind === "scheduled") monitor.delayed.scheduled(result.id, label);
    else monitor.published(result.id, label, sentAtMs, keyOf(plan, drafts[at]));
  });
}

/** Order is promised of the first topic alone, and of what is not sent again. */
const keyOf = (plan: AtomicPlan, draft: TopicDraft | undefined): string | undefined =>
  plan.keyedShare + plan.repeatShare > 0 || draft?.topic !== plan.topics[0] ? undefined : draft?.content.key;

function sameAgain(
  { world }: Deployment,
  { labels }: Sent,
  first: readonly PublishResult[],
  again: readonly PublishResult[],
): void {
  const idsOf = (results: readonly PublishResult[]): string =>
    results.map((result) => (result.kind === "failed" ? "failed" : result.id)).join();
  world.count("atomic-sent-again");
  if (idsOf(first) !== idsOf(again))
    world.violation(
      "atomic",
      `${labels.join()} was answered with ${idsOf(first)}, and then with ${idsOf(again)}`,
    );
}
