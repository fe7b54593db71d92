import { messageId } from "../../domain/message-id.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { SetAside } from "../../domain/progress/records.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";

/** A slot that was set aside. `firstId` is the id of its first message: a seek to it starts with this slot. */
export type SetAsideEntry = SetAside & { readonly firstId: string };

/**
 * Lists the slots that a subscription has set aside, by partition and offset.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a cursor that is not valid
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
