import type { z } from "zod";
import type { PageQuery } from "../http/contracts/common.js";
import type { ReceiveAnswer, ReceiveBody, SettleAnswer, Settlement } from "../http/contracts/consume.js";
import type { NewMessage } from "../http/contracts/message.js";
import type { PublishAnswer } from "../http/contracts/publish.js";
import type * as subscriptions from "../http/contracts/subscription.js";
import type * as topics from "../http/contracts/topic.js";
import { Transport, type TransportOptions } from "./transport.js";

/** Types of the wire, from the contracts that check it. */
export type NewMessageInput = z.input<typeof NewMessage>;
export type PublishedMessages = z.output<typeof PublishAnswer>;
export type ReceiveOptions = z.input<typeof ReceiveBody>;
export type ReceivedMessage = z.output<typeof ReceiveAnswer>["messages"][number];
export type SettlementInput = z.input<typeof Settlement>;
export type SettlementResult = z.output<typeof SettleAnswer>["results"][number];
export type PageOptions = Partial<z.output<typeof PageQuery>>;
export type Topic = z.output<typeof topics.TopicAnswer>;
export type TopicInput = z.input<typeof topics.TopicBody>;
export type Subscription = z.output<typeof subscriptions.SubscriptionAnswer>;
export type SubscriptionInput = z.input<typeof subscriptions.SubscriptionBody>;
export type SeekTo = z.input<typeof subscriptions.SeekBody>["to"];
export type SubscriptionWithState = z.output<typeof subscriptions.SubscriptionWithState>;

export type SluiceClientOptions = TransportOptions;

const topicPath = (topic: string): string => `/v1/topics/${encodeURIComponent(topic)}`;
const subscriptionPath = (topic: string, subscription: string): string =>
  `${topicPath(topic)}/subscriptions/${encodeURIComponent(subscription)}`;

function pageQuery({ limit, cursor }: PageOptions): string {
  const query = new URLSearchParams();
  if (limit !== undefined) query.set("limit", String(limit));
  if (cursor !== undefined) query.set("cursor", cursor);
  return query.size > 0 ? `?${query.toString()}` : "";
}

/**
 * The HTTPS API, typed; every method throws SluiceProblem, or SluiceUnreachable where no answer came. A publish
 * that is sent again after its answer was lost can store its messages twice.
 */
export class SluiceClient {
  readonly #transport: Transport;

  constructor(options: SluiceClientOptions) {
    this.#transport = new Transport(options);
  }

  /** One result a message, in the order given; `failed` counts those that were not stored. */
  async publish(topic: string, messages: readonly NewMessageInput[]): Promise<PublishedMessages> {
    return await this.request("POST", `${topicPath(topic)}/messages`, { messages });
  }

  async receive(
    topic: string,
    subscription: string,
    options: ReceiveOptions = {},
  ): Promise<ReceivedMessage[]> {
    const path = `${subscriptionPath(topic, subscription)}/receive`;
    return (await this.request<{ messages: ReceivedMessage[] }>("POST", path, options)).messages;
  }

  async settle(
    topic: string,
    subscription: string,
    results: readonly SettlementInput[],
  ): Promise<SettlementResult[]> {
    const path = `${subscriptionPath(topic, subscription)}/settle`;
    return (await this.request<{ results: SettlementResult[] }>("POST", path, { results })).results;
  }

  /** Settles all of these messages as done. */
  async ack(
    topic: string,
    subscription: string,
    messages: readonly { readonly receipt: string }[],
  ): Promise<SettlementResult[]> {
    if (messages.length === 0) return [];
    const done = messages.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    return await this.settle(topic, subscription, done);
  }

  async putTopic(topic: string, settings: TopicInput = {}): Promise<Topic> {
    return await this.request("PUT", topicPath(topic), settings);
  }

  async changeTopic(topic: string, change: Partial<TopicInput>): Promise<Topic> {
    return await this.request("PATCH", topicPath(topic), change);
  }

  async getTopic(topic: string): Promise<Topic> {
    return await this.request("GET", topicPath(topic));
  }

  async listTopics(page: PageOptions = {}): Promise<{ items: Topic[]; nextCursor?: string }> {
    return await this.request("GET", `/v1/topics${pageQuery(page)}`);
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.request("DELETE", topicPath(topic));
  }

  async putSubscription(
    topic: string,
    subscription: string,
    settings: SubscriptionInput = {},
  ): Promise<Subscription> {
    return await this.request("PUT", subscriptionPath(topic, subscription), settings);
  }

  async changeSubscription(
    topic: string,
    subscription: string,
    change: z.input<typeof subscriptions.SubscriptionChange>,
  ): Promise<Subscription> {
    return await this.request("PATCH", subscriptionPath(topic, subscription), change);
  }

  /**
   * Moves it to another place of its topic, to replay or to skip: what it has handed out counts no more. Sent twice, it
   * is done twice.
   */
  async seek(topic: string, subscription: string, to: SeekTo): Promise<Subscription> {
    return await this.request("POST", `${subscriptionPath(topic, subscription)}/seek`, { to });
  }

  /** With how far it has come. */
  async getSubscription(topic: string, subscription: string): Promise<SubscriptionWithState> {
    return await this.request("GET", subscriptionPath(topic, subscription));
  }

  async listSubscriptions(
    topic: string,
    page: PageOptions = {},
  ): Promise<{ items: Subscription[]; nextCursor?: string }> {
    return await this.request("GET", `${topicPath(topic)}/subscriptions${pageQuery(page)}`);
  }

  async deleteSubscription(topic: string, subscription: string): Promise<void> {
    await this.request("DELETE", subscriptionPath(topic, subscription));
  }

  /** Any request of the API: what has no method of its own here. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    return await this.#transport.request<T>(method, path, body);
  }
}
