import type { MessageContent } from "../../../lib/domain/message.js";
import { decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText } from "../a-deployment.js";
import { stored } from "../an-append.js";

export const aMessage = (dedupId: string | undefined, body = dedupId ?? "none"): MessageContent =>
  aText(body, dedupId === undefined ? {} : { dedupId });

/** The bodies in the log, slot by slot. */
export const bodiesIn = (deployment: Deployment): readonly (readonly string[])[] =>
  stored(deployment).map((slot) => {
    const { content } = slot;
    const bytes = content.kind === "inline" ? content.bytes : deployment.storage.segments.get(content.key);
    return decodeMessages(slot, bytes ?? new Uint8Array()).map(({ body }) => String(body));
  });

export async function withDedup(settings: Partial<TopicSettings> = {}): Promise<Deployment> {
  const deployment = aDeployment();
  await putTopic(deployment.process(), "orders", settings);
  return deployment;
}
