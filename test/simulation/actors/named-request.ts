import type { MessageContent } from "../../../lib/domain/message.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import { type Draft, publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import { fitOf } from "../body-schemas.js";
import type { Deployment } from "../deployment.js";
import type { Ended, Functions } from "./functions.js";

const ATTEMPTS = 5;

/** Who sends it, and where to. */
interface Sender {
  readonly name: string;
  readonly topic: string;
  readonly isEmbedded?: boolean;
  readonly hasSchema?: true;
}

/** Publishes under a key: it sends the very same request until all of it is stored, and sometimes once more. */
export async function sendNamed(
  deployment: Deployment,
  functions: Functions,
  plan: Sender,
  labels: readonly string[],
  drafts: readonly Draft[],
): Promise<void> {
  const { world, monitor } = deployment;
  const key = `${plan.name}-${labels.join()}-${world.nowMs}`;
  const all = drafts.map((draft, index) => ({ ...draft, index }));
  const send = (these: readonly Draft[], fingerprint: string): Promise<Ended<readonly PublishResult[]>> =>
    functions.invoke(
      plan.isEmbedded ? "service" : "api",
      (engine) => publishOrDelay(engine, plan.topic, these, { key, fingerprint }),
      `publish ${key} as ${fingerprint}`,
    );
  monitor.dedup.named(labels);
  let isStored = false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    monitor.log.sent(labels);
    const sentAtMs = world.nowMs;
    const ended = await send(all, "the same");
    if (ended.kind === "answered") told(deployment, key, labels, ended.value, sentAtMs);
    if (ended.kind === "answered" && plan.hasSchema) monitor.schemas.answeredWhole(labels, ended.value);
    isStored ||= ended.kind === "answered" && ended.value.every(({ kind }) => kind !== "failed");
    if (isStored && world.chance(0.6)) break;
    await world.sleep(world.between(50, 2_000));
  }
  const mayBeRefused = plan.hasSchema && labels.some((label) => fitOf(label) < 2);
  if (!isStored && !mayBeRefused && monitor.deliveries.calm.size > 0)
    world.violation("answer", `${labels.join()} was not published, and nothing was wrong`);
  if (isStored && world.chance(0.2)) await sendOther(deployment, key, () => send(otherOf(all), "another"));
  world.count("published", isStored ? labels.length : 0);
}

const otherOf = (drafts: readonly (Draft & { readonly content: MessageContent })[]): readonly Draft[] =>
  drafts.map(({ content: { dedupId: _, ...content }, ...draft }) => ({ ...draft, content }));

/** Another request under the same key is refused, and nothing of it is stored. */
async function sendOther(
  { world, monitor }: Deployment,
  key: string,
  send: () => Promise<Ended<readonly PublishResult[]>>,
): Promise<void> {
  const ended = await send();
  if (
    ended.kind === "answered" &&
    ended.value.some(({ kind }) => kind !== "failed") &&
    monitor.topics.size === 1
  )
    world.violation("sent", `another request under the key ${key} was stored`);
  if (ended.kind === "failed") world.count("key-reused");
}

function told(
  { monitor }: Deployment,
  key: string,
  labels: readonly string[],
  results: readonly PublishResult[],
  sentAtMs: number,
): void {
  results.forEach((result, index) => {
    if (result.kind === "failed") return;
    const label = labels[index] as string;
    const isNew = monitor.dedup.answered(`${key} ${index}`, result.id);
    if (result.isRepeat) monitor.dedup.repeated(result.id, label, sentAtMs);
    else if (isNew && result.kind === "published") monitor.published(result.id, label, sentAtMs);
    else if (isNew && result.kind === "scheduled") monitor.delayed.scheduled(result.id, label);
  });
}
