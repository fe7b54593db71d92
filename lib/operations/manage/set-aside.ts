import { messageId } from "../../domain/message-id.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";

/** Messages that were set aside. `firstId` is an address: a seek to it begins with them. */
export type SetAsideEntry = SetAside & { readonly firstId: string };

/**
 * The slots of a subscription that cannot be read, by partition and offset.
 * @throws {TopicNotFound} {SubscriptionNotFound} {InvalidRequest} for a cursor that is not valid
 */
export async function listSetAside(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  page: PageRequest,
): Promise<Page<SetAsideEntry>> {
  const { topic, subscription } = await findSubscription(engine, topicName, subscriptionName);
  const { items, ...rest } = await engine.progress.setAside(subscription, page);
  const withIds = items.map((slot) => ({
    ...slot,
    firstId: messageId({ topic, partition: slot.partition, offset: slot.base }),
  }));
  return { ...rest, items: withIds };
}
