import type { Slot } from "../../lib/domain/slot.js";
import type { Topic } from "../../lib/domain/topic.js";
import { type Appended, append } from "../../lib/operations/log/append.js";
import type { Engine } from "../../lib/operations/engine.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { type Deployment, aText } from "./a-deployment.js";

/** A topic that keeps its messages for an hour. */
export async function aTopic(deployment: Deployment, retentionSeconds = 3_600): Promise<Topic> {
  return (await putTopic(deployment.process(), "orders", { retentionSeconds })).value;
}

export const appendTo = (engine: Engine, topic: Topic, ...bodies: readonly string[]): Promise<Appended> =>
  append(
    engine,
    topic,
    bodies.map((body) => aText(body)),
    () => 0,
  );

export const stored = ({ storage }: Deployment): readonly Slot[] => [...storage.logs.values()].flat();
export const anchorOf = ({ storage }: Deployment, { uid }: Topic): number | undefined =>
  storage.anchors.get(uid)?.get(0)?.version;
