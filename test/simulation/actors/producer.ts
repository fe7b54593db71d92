import type { MessageContent } from "../../../lib/domain/message.js";
import { type Draft, publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import { bodyOf } from "../body-schemas.js";
import { labelOf } from "../checkers/log-checker.js";
import { isRefusedBySchema } from "../checkers/schema-checker.js";
import type { Deployment } from "../deployment.js";
import { contentOf as filteredContentOf } from "../filters.js";
import { noise } from "../noise.js";
import { sendNamed } from "./named-request.js";
import type { Functions } from "./functions.js";

export interface ProducerPlan {
  readonly name: string;
  readonly topic: string;
  /** How many publishes, and how many messages each at the most. */
  readonly publishes: number;
  readonly batch: number;
  readonly keys: readonly string[];
  readonly gapMs: number;
  /** Some pauses are this long: the tail comes near its expiry. */
  readonly longGapMs: number;
  readonly bigShare: number;
  readonly expiringShare: number;
  /** It sends something that filters can look at; default: no more than a label. */
  readonly isFiltered?: boolean;
  /** It lives in a service, which publishes for several at a time; default: it calls the API. */
  readonly isEmbedded?: boolean;
  /** How many of its publishes may be in flight at once; default: one. */
  readonly inFlight?: number;
  /** The share of its messages that it delays, and by how long at the most; default: none. */
  readonly delayedShare?: number;
  readonly delaySeconds?: number;
  /** Of what anybody sent with a dedupId, the share that it sends again; default: none has one. */
  readonly repeatShare?: number;
  /** Its topic has a schema, which some of what it sends does not fit; default: no. */
  readonly hasSchema?: true;
  /** Whether each publish has a key, under which it is sent again as it was. */
  readonly isNamed?: boolean;
}

const ATTEMPTS = 4;
const RECENT = 6;
const WITHOUT_ID_EVERY = 4;
const BIG_CHARACTERS = 900;

/** Publishes, and sends again what was not answered well. */
export async function produce(
  deployment: Deployment,
  functions: Functions,
  plan: ProducerPlan,
): Promise<void> {
  const { world } = deployment;
  let number = 0;
  let round = 0;
  const longAt = world.random.below(2 * plan.publishes);
  const work = async (): Promise<void> => {
    while (round < plan.publishes) {
      const gapMs = round++ === longAt ? plan.longGapMs : world.between(0, plan.gapMs);
      await world.sleep(gapMs);
      const count = world.between(1, plan.batch);
      const labels = Array.from(
        { length: count },
        () => repeatedLabel(deployment, plan) ?? `${plan.name}-${number++}`,
      );
      if (plan.isNamed)
        await sendNamed(deployment, functions, plan, labels, draftsOf(deployment, plan, labels));
      else await send(deployment, functions, plan, labels);
    }
  };
  await Promise.all(Array.from({ length: plan.inFlight ?? 1 }, work));
}

/** One that was sent before, by whomever, mostly a moment ago: it may still be under way. */
function repeatedLabel(
  { world, monitor }: Deployment,
  { repeatShare = 0 }: ProducerPlan,
): string | undefined {
  const { sent } = monitor.dedup;
  if (sent.length === 0 || !world.chance(repeatShare)) return undefined;
  return world.pick(world.chance(0.7) ? sent.slice(-RECENT) : sent);
}

async function send(
  deployment: Deployment,
  functions: Functions,
  plan: ProducerPlan,
  labels: readonly string[],
): Promise<void> {
  const { world, monitor } = deployment;
  let waiting = labels;
  for (let attempt = 0; attempt < ATTEMPTS && waiting.length > 0; attempt++) {
    const now = waiting;
    monitor.log.sent(now);
    const drafts = draftsOf(deployment, plan, now);
    const sentAtMs = world.nowMs;
    const ended = await functions.invoke(
      plan.isEmbedded ? "service" : "api",
      (engine) => publishOrDelay(engine, plan.topic, drafts),
      `publish ${now.join()}`,
    );
    if (ended.kind === "answered") {
      ended.value.forEach((result, index) => {
        const label = now[index] as string;
        const { key } = (drafts[index] as Draft).content;
        if (result.kind !== "failed" && result.isRepeat) monitor.dedup.repeated(result.id, label, sentAtMs);
        else if (result.kind === "published")
          monitor.published(result.id, label, sentAtMs, isFirst(plan) ? key : undefined);
        else if (result.kind === "scheduled") monitor.delayed.scheduled(result.id, label);
      });
      if (plan.hasSchema)
        ended.value.forEach((result, index) => monitor.schemas.answered(now[index] as string, result));
      waiting = now.filter((_, index) => {
        const result = ended.value[index];
        return (result?.kind ?? "failed") === "failed" && !isRefusedBySchema(result);
      });
    }
    if (waiting.length > 0 && monitor.deliveries.calm.size > 0)
      world.violation("answer", `${waiting.join()} was not published, and nothing was wrong`);
    if (waiting.length > 0) await world.sleep(world.between(50, 2_000));
  }
  world.count("published", labels.length - waiting.length);
}

const draftsOf = (deployment: Deployment, plan: ProducerPlan, labels: readonly string[]): readonly Draft[] =>
  labels.map((label) => ({
    content: withDedupId(deployment, plan, contentOf(deployment, plan, label), label),
    ...delayOf(deployment, plan),
  }));

/** A repeat, or the message of another one, says nothing of the order of what it sent. */
const isFirst = ({ repeatShare }: ProducerPlan): boolean => repeatShare === undefined;

/** Most have one, always the same; also those that another sent with one. */
function withDedupId(
  { monitor: { dedup } }: Deployment,
  { repeatShare }: ProducerPlan,
  content: MessageContent,
  label: string,
): MessageContent {
  if (repeatShare === undefined) return content;
  if (!dedup.sent.includes(label)) {
    if (Number(label.split("-")[1]) % WITHOUT_ID_EVERY === 0) return content;
    dedup.sent.push(label);
  }
  return { ...content, dedupId: label };
}

/** From one second on, by a clock that may be apart from those that publish. */
function delayOf(
  { world }: Deployment,
  { delayedShare = 0, delaySeconds = 1 }: ProducerPlan,
): { deliverAtMs?: number } {
  if (!world.chance(delayedShare)) return {};
  return { deliverAtMs: world.nowMs + world.between(1_000, delaySeconds * 1_000) };
}

function contentOf({ world }: Deployment, plan: ProducerPlan, label: string): MessageContent {
  const padding = world.chance(plan.bigShare) ? ` ${noise(world.random, BIG_CHARACTERS)}` : "";
  return {
    ...bodyAndMoreOf(plan, label, padding),
    ...(plan.keys.length > 0 ? { key: world.pick(plan.keys) } : {}),
    ...(world.chance(plan.expiringShare) ? { expiresAtMs: world.nowMs + world.between(1_000, 400_000) } : {}),
  };
}

function bodyAndMoreOf({ isFiltered, hasSchema }: ProducerPlan, label: string, padding: string) {
  if (hasSchema) return { body: bodyOf(label, padding), contentType: "application/json" };
  if (isFiltered) return filteredContentOf(label, padding);
  return { body: `${label}${padding}`, contentType: "text/plain" };
}

/** Whether a producer of that name sent it; of none: no. */
export const isFrom = (producer: string | undefined, { body }: Pick<MessageContent, "body">): boolean =>
  producer !== undefined && labelOf(body).startsWith(`${producer}-`);
