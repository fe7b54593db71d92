import { decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { PublishResult } from "../../../lib/domain/publish-result.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { type KeyedRequest, publishAtomically } from "../../../lib/operations/atomic/publish-atomically.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText } from "../a-deployment.js";

/** Topics with these settings, and processes on them. */
export async function withTopics(
  topics: Readonly<Record<string, Partial<TopicSettings>>>,
): Promise<Deployment> {
  const deployment = aDeployment();
  for (const [name, settings] of Object.entries(topics)) await putTopic(deployment.process(), name, settings);
  return deployment;
}

/** A message: its topic, its body, and what else it has. */
export type Given = readonly [
  topic: string,
  body: string,
  more?: Partial<MessageContent> & { readonly deliverAtMs?: number },
];

export const draftsOf = (given: readonly Given[]) =>
  given.map(([topic, body, { deliverAtMs, ...more } = {}]) => ({
    topic,
    content: aText(body, more),
    ...(deliverAtMs === undefined ? {} : { deliverAtMs }),
  }));

export const together = (
  engine: Engine,
  given: readonly Given[],
  request?: KeyedRequest,
): Promise<readonly PublishResult[]> => publishAtomically(engine, draftsOf(given), request);

/** The bodies in the log by topic, slot by slot. */
export function bodiesByTopic({ storage }: Deployment): Readonly<Record<string, readonly string[][]>> {
  const all: Record<string, string[][]> = {};
  for (const [key, slots] of storage.logs)
    for (const slot of slots) {
      const { content } = slot;
      const bytes = content.kind === "inline" ? content.bytes : storage.segments.get(content.key);
      const bodies = decodeMessages(slot, bytes ?? new Uint8Array()).map(({ body }) => String(body));
      (all[key.split("#")[0] as string] ??= []).push(bodies);
    }
  return all;
}

/** Ids of delayed messages that wait. */
export const waiting = ({ storage }: Deployment): number =>
  [...storage.delayed.values()].reduce((sum, { size }) => sum + size, 0);
