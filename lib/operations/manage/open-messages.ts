import type { MessageQuery } from "../../domain/message-query.js";
import type { MessageState, OpenMessage } from "../../domain/open-message.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { Engine } from "../engine.js";
import { findSubscription } from "../lookup.js";
import { recordMessages } from "./record-messages.js";
import { waitingMessages } from "./waiting-messages.js";

/**
 * Lists the messages of a subscription in one state that have not ended. One request does a bounded amount of work: it
 * may answer fewer messages than asked for, even none, with a cursor to go on from.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function listOpenMessages(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  state: MessageState,
  page: PageRequest,
  query: MessageQuery = {},
): Promise<Page<OpenMessage>> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  return state === "waiting"
    ? await waitingMessages(engine, reader, page, query)
    : await recordMessages(engine, reader, state, page, query);
}
