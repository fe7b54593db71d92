import type { z } from "zod";
import { isJson } from "../domain/message.js";
import type { PageQuery } from "../http/contracts/common.js";
import type { ReceiveAnswer, ReceiveBody, SettleAnswer, Settlement } from "../http/contracts/consume.js";
import type { NewMessage } from "../http/contracts/message.js";
import type { PublishAnswer } from "../http/contracts/publish.js";
import type * as subscriptions from "../http/contracts/subscription.js";
import type * as topics from "../http/contracts/topic.js";
import {
  type Refusal,
  SluiceMessagesRefused,
  SluiceProblem,
  SluiceReceiptsRefused,
  type Stored,
} from "./errors.js";
import { bodyTexts, jsonOf } from "./json-text.js";
import { type TransportOptions, checkedName } from "./options.js";
import { Transport, problemIn } from "./transport.js";

/** Request and response types come from the contracts that check them. */
export type NewMessageInput = z.input<typeof NewMessage>;
/** The result of one message of a publish: its id, or an error that says why it was not stored. */
export type PublishResult = z.output<typeof PublishAnswer>["messages"][number];
export type PublishedMessage = Exclude<PublishResult, { error: unknown }>;
export type ReceiveOptions = z.input<typeof ReceiveBody>;
export type ReceivedMessage = z.output<typeof ReceiveAnswer>["messages"][number] & {
  /** A JSON `body` as its publisher wrote it, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};
export type SettlementInput = z.input<typeof Settlement>;
export type SettlementResult = z.output<typeof SettleAnswer>["results"][number];
export type PageOptions = Partial<z.output<typeof PageQuery>>;
export type Topic = z.output<typeof topics.TopicAnswer>;
export type TopicInput = z.input<typeof topics.TopicBody>;
export type Subscription = z.output<typeof subscriptions.SubscriptionAnswer>;
export type SubscriptionInput = z.input<typeof subscriptions.SubscriptionBody>;
export type SeekTo = z.input<typeof subscriptions.SeekBody>["to"];
export type SetAside = z.output<typeof subscriptions.SetAsideList>["items"][number];
export type SubscriptionWithState = z.output<typeof subscriptions.SubscriptionWithState>;

const STATUS_OK = 200;

export type SluiceClientOptions = TransportOptions;

const topicPath = (topic: string): string => `/v1/topics/${checkedName("topic", topic)}`;
const subscriptionPath = (topic: string, subscription: string): string =>
  `${topicPath(topic)}/subscriptions/${checkedName("subscription", subscription)}`;

function pageQuery({ limit, cursor }: PageOptions): string {
  const query = new URLSearchParams();
  if (limit !== undefined) query.set("limit", String(limit));
  if (cursor !== undefined) query.set("cursor", cursor);
  return query.size > 0 ? `?${query.toString()}` : "";
}

/**
 * A typed client of the HTTPS API. Every method throws SluiceUsageError for a wrong argument, SluiceProblem for a
 * request that the API refused, and SluiceUnreachable if no response came. A publish that is repeated after its
 * response was lost can store its messages twice.
 */
export class SluiceClient {
  readonly #transport: Transport;

  constructor(options: SluiceClientOptions) {
    this.#transport = new Transport(options);
  }

  /**
   * Stores all messages and returns them in the order given.
   * @throws {SluiceMessagesRefused} if any message was not stored; it lists those that were
   */
  async publish(
    topic: string,
    messages: readonly NewMessageInput[],
  ): Promise<{ readonly messages: readonly PublishedMessage[] }> {
    const results = await this.publishEach(topic, messages);
    const { done, refused } = byOutcome(results);
    if (refused.length > 0) {
      const stored = done.map(({ index, result: { id, publishedAt } }): Stored => ({
        index,
        id,
        publishedAt,
      }));
      throw new SluiceMessagesRefused(stored, refused);
    }
    return { messages: done.map(({ result }) => result) };
  }

  /**
   * Like `publish`, but returns one result for each message, in the order given, instead of throwing when one is
   * refused.
   */
  async publishEach(topic: string, messages: readonly NewMessageInput[]): Promise<readonly PublishResult[]> {
    const path = `${topicPath(topic)}/messages`;
    return (await this.request<{ messages: PublishResult[] }>("POST", path, { messages })).messages;
  }

  async receive(
    topic: string,
    subscription: string,
    options: ReceiveOptions = {},
  ): Promise<ReceivedMessage[]> {
    const path = `${subscriptionPath(topic, subscription)}/receive`;
    const text = await this.#transport.request("POST", path, jsonOf(options));
    const { messages } = parsed(text) as { messages: ReceivedMessage[] };
    const bodyTextOf = bodyTexts(text);
    return messages.map((message, index) => {
      const bodyText = isJson(message.contentType) ? bodyTextOf(index) : undefined;
      return bodyText === undefined ? message : { ...message, bodyText };
    });
  }

  /**
   * Returns one result for each receipt, in the order given. A receipt whose lease is gone gets the error
   * `receipt-expired`.
   */
  async settle(
    topic: string,
    subscription: string,
    results: readonly SettlementInput[],
  ): Promise<SettlementResult[]> {
    const path = `${subscriptionPath(topic, subscription)}/settle`;
    return (await this.request<{ results: SettlementResult[] }>("POST", path, { results })).results;
  }

  /**
   * Acknowledges all messages. (`settle` returns a result for each instead of throwing.)
   * @throws {SluiceReceiptsRefused} if any message was not acknowledged: it may be handed out again
   */
  async ack(
    topic: string,
    subscription: string,
    messages: readonly { readonly receipt: string }[],
  ): Promise<void> {
    if (messages.length === 0) return;
    const words = messages.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    const { done, refused } = byOutcome(await this.settle(topic, subscription, words));
    if (refused.length > 0)
      throw new SluiceReceiptsRefused(
        done.map(({ index }) => index),
        refused,
      );
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
   * Moves a subscription to another place in its topic: back to replay, forward to skip. Earlier receipts become void.
   * A request that is sent twice is carried out twice.
   */
  async seek(topic: string, subscription: string, to: SeekTo): Promise<Subscription> {
    return await this.request("POST", `${subscriptionPath(topic, subscription)}/seek`, { to });
  }

  /** Includes the subscription's state: its counts, and the age of its oldest message. */
  async getSubscription(topic: string, subscription: string): Promise<SubscriptionWithState> {
    return await this.request("GET", subscriptionPath(topic, subscription));
  }

  async listSubscriptions(
    topic: string,
    page: PageOptions = {},
  ): Promise<{ items: Subscription[]; nextCursor?: string }> {
    return await this.request("GET", `${topicPath(topic)}/subscriptions${pageQuery(page)}`);
  }

  /** Messages that cannot be read and were passed over, with the reason. */
  async listSetAside(
    topic: string,
    subscription: string,
    page: PageOptions = {},
  ): Promise<{ items: SetAside[]; nextCursor?: string }> {
    return await this.request("GET", `${subscriptionPath(topic, subscription)}/set-aside${pageQuery(page)}`);
  }

  async deleteSubscription(topic: string, subscription: string): Promise<void> {
    await this.request("DELETE", subscriptionPath(topic, subscription));
  }

  /** Sends any request to the API, for routes without a method here. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.#transport.request(method, path, body === undefined ? body : jsonOf(body));
    return (text === "" ? undefined : parsed(text)) as T;
  }
}

/** @throws {SluiceProblem} for a proxy's answer with a status of success */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SluiceProblem(problemIn(text, STATUS_OK));
  }
}

/** Splits results by outcome; each keeps its index in the request. */
function byOutcome<R extends object>(results: readonly (R | { error: Refusal["problem"] })[]) {
  const done: { readonly index: number; readonly result: Exclude<R, { error: unknown }> }[] = [];
  const refused: Refusal[] = [];
  for (const [index, result] of results.entries()) {
    if ("error" in result) refused.push({ index, problem: result.error });
    else done.push({ index, result: result as Exclude<R, { error: unknown }> });
  }
  return { done, refused };
}
