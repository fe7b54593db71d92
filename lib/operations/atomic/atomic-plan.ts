import { type AtomicWrites } from "../../domain/atomic.js";
import { roundedDueMs } from "../../domain/delayed.js";
import { dedupIdsOf, firstsOf } from "../../domain/dedup.js";
import { AtomicTooLarge, InvalidRequest, TopicPaused } from "../../domain/errors.js";
import { messageSizeBytes } from "../../domain/message.js";
import { type Topic, partitionFor, publishIsPaused } from "../../domain/topic.js";
import { type Draft, isWrong } from "../delay/publish-or-delay.js";
import type { TopicDraft } from "../delay/publish-to-topics.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { SLOT_LIMIT_BYTES } from "../publish/publish.js";

/** A message with its topic as it was looked up. */
export interface Addressed extends Draft {
  readonly topic: Topic;
}

/** Messages that become one slot, by their places in the request. */
export interface SlotPlan {
  readonly topic: Topic;
  /** undefined: any will do. */
  readonly partition: number | undefined;
  readonly places: readonly number[];
}

/** @throws {TopicNotFound} {TopicPaused} {InvalidRequest} for messages without the key that their topic asks for */
export async function addressed(
  engine: Engine,
  drafts: readonly TopicDraft[],
): Promise<readonly Addressed[]> {
  const names = [...new Set(drafts.map(({ topic }) => topic))];
  const found = await Promise.all(names.map((name) => findTopic(engine, name)));
  const paused = found.find(publishIsPaused);
  if (paused) throw new TopicPaused(paused.name);
  const topics = new Map(found.map((topic) => [topic.name, topic]));
  const all = drafts.map((draft) => ({ ...draft, topic: topics.get(draft.topic) as Topic }));
  const wrong = all.flatMap((draft, at) => (isWrong(draft.topic, draft) ? [at] : []));
  if (wrong.length === 0) return all;
  const detail = 'is required: the topic\'s ordering is "key"';
  throw new InvalidRequest(wrong.map((at) => ({ path: `messages[${at}].key`, detail })));
}

/** For each message the place of the first one with its topic and dedupId. */
export const firstsAmong = (all: readonly Addressed[]): readonly number[] =>
  firstsOf(all.map(({ topic, content }) => dedupIdsOf(topic, content).map((id) => `${topic.uid} ${id}`)));

/** The slots of those of these messages that are published now, one for each partition, in the order given. */
export function slotsOf(all: readonly Addressed[], places: readonly number[]): readonly SlotPlan[] {
  const slots = new Map<string, SlotPlan & { readonly places: number[] }>();
  for (const place of places) {
    const { topic, content, deliverAtMs } = all[place] as Addressed;
    if (deliverAtMs !== undefined) continue;
    const partition = partitionFor(topic, content.key);
    const name = `${topic.uid}#${partition}`;
    const slot = slots.get(name) ?? { topic, partition, places: [] };
    slots.set(name, slot);
    slot.places.push(place);
  }
  return [...slots.values()];
}

/** What these messages write together at the most. @throws {AtomicTooLarge} where one slot would be too large */
export function writesOf(
  all: readonly Addressed[],
  places: readonly number[],
  hasKey: boolean,
): AtomicWrites {
  const slots = slotsOf(all, places);
  for (const slot of slots) assertSlotFits(all, slot);
  const some = places.map((place) => all[place] as Addressed);
  const delayed = some.filter(({ deliverAtMs }) => deliverAtMs !== undefined);
  return {
    partitions: slots.length,
    dedupIds: some.flatMap(({ topic, content }) => dedupIdsOf(topic, content)).length,
    delayed: delayed.length,
    times: new Set(delayed.map(({ topic, deliverAtMs }) => `${topic.uid} ${roundedDueMs(deliverAtMs ?? 0)}`))
      .size,
    hasKey,
  };
}

/** One message alone may be as large as a slot, whatever comes with it. */
function assertSlotFits(all: readonly Addressed[], { topic, places }: SlotPlan): void {
  const sizes = places.map((place) => messageSizeBytes((all[place] as Addressed).content));
  const sizeBytes = sizes.reduce((sum, one) => sum + one, 0);
  if (places.length === 1 || sizeBytes <= SLOT_LIMIT_BYTES) return;
  throw new AtomicTooLarge(
    `all or nothing puts ${places.length} messages to topic "${topic.name}" into one slot, which takes ` +
      `${SLOT_LIMIT_BYTES} bytes: they have ${sizeBytes}`,
  );
}
