import { Consumer } from "./consumer/consumer.js";
import {
  type BatchHandler,
  type ConsumeBatchesOptions,
  type ConsumeOptions,
  type ConsumeSettings,
  type MessageHandler,
  consumeSettings,
} from "./consumer/options.js";
import { DeadLetters } from "./dead-letters.js";
import { SluiceMessagesRefused, SluiceReceiptsRefused, type Stored } from "./errors.js";
import { JsonText, jsonOf, withBodyTexts } from "./json-text.js";
import { OpenMessages } from "./open-messages.js";
import { type TransportOptions, checkedName } from "./options.js";
import { byOutcome, parsed } from "./outcomes.js";
import { type ReadOptions, type ReadPage, readPage } from "./read.js";
import { type Send, queryOf } from "./send.js";
import { Tail, type TailOptions, tailSettings } from "./tail.js";
import { type RequestOptions, Transport } from "./transport.js";
import type * as wire from "./types.js";

export type SluiceClientOptions = TransportOptions;

const topicPath = (topic: string): string => `/v1/topics/${checkedName("topic", topic)}`;
const subscriptionPath = (topic: string, subscription: string): string =>
  `${topicPath(topic)}/subscriptions/${checkedName("subscription", subscription)}`;

const pageQuery = ({ limit, cursor }: wire.PageOptions): string => queryOf({ limit, cursor });

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
    messages: readonly wire.NewMessageInput[],
  ): Promise<{ readonly messages: readonly wire.PublishedMessage[] }> {
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
  async publishEach(
    topic: string,
    messages: readonly wire.NewMessageInput[],
  ): Promise<readonly wire.PublishResult[]> {
    const path = `${topicPath(topic)}/messages`;
    return (await this.request<{ messages: wire.PublishResult[] }>("POST", path, { messages })).messages;
  }

  async receive(
    topic: string,
    subscription: string,
    options: wire.ReceiveOptions = {},
  ): Promise<wire.ReceivedMessage[]> {
    return await this.#receive(subscriptionPath(topic, subscription), options);
  }

  async #receive(
    path: string,
    body: wire.ReceiveOptions,
    options?: RequestOptions,
  ): Promise<wire.ReceivedMessage[]> {
    const text = await this.#transport.request("POST", `${path}/receive`, jsonOf(body), options);
    const { messages } = parsed(text) as { messages: wire.ReceivedMessage[] };
    return withBodyTexts("messages", messages, text);
  }

  /**
   * Returns one result for each receipt, in the order given. A receipt whose lease is gone gets the error
   * `receipt-expired`.
   */
  async settle(
    topic: string,
    subscription: string,
    results: readonly wire.SettlementInput[],
  ): Promise<wire.SettlementResult[]> {
    return await this.#settle(subscriptionPath(topic, subscription), results);
  }

  async #settle(
    path: string,
    results: readonly wire.SettlementInput[],
    options?: RequestOptions,
  ): Promise<wire.SettlementResult[]> {
    const text = await this.#transport.request("POST", `${path}/settle`, jsonOf({ results }), options);
    return (parsed(text) as { results: wire.SettlementResult[] }).results;
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

  /**
   * Hands each message of a pull subscription to `handler`, several at a time: to return acknowledges it, to throw
   * sends it back. Leases are extended while their handlers are at work.
   * @throws {SluiceUsageError}
   */
  consume(
    topic: string,
    subscription: string,
    handler: MessageHandler,
    options: ConsumeOptions = {},
  ): Consumer {
    const settings = consumeSettings(handler, { ...options, maxMessages: 1 });
    const single: BatchHandler = async ([message], { signal }) => {
      if (message) await handler(message, { signal });
    };
    return this.#consumer(topic, subscription, single, settings);
  }

  /** Like `consume`, with up to `maxMessages` in one call of the handler. @throws {SluiceUsageError} */
  consumeBatches(
    topic: string,
    subscription: string,
    handler: BatchHandler,
    options: ConsumeBatchesOptions = {},
  ): Consumer {
    return this.#consumer(topic, subscription, handler, consumeSettings(handler, options));
  }

  #consumer(topic: string, subscription: string, handler: BatchHandler, settings: ConsumeSettings): Consumer {
    const path = subscriptionPath(topic, subscription);
    return new Consumer(
      {
        topic,
        subscription,
        receive: (request, signal) => this.#receive(path, request, { signal, attempts: 1 }),
        settle: (words, signal) => this.#settle(path, words, { signal, attempts: 1 }),
      },
      handler,
      settings,
    );
  }

  /**
   * A page of a topic's messages, read without a subscription: nothing is leased and nothing changes. Go on with its
   * `nextCursor`, now or days later.
   */
  async read(topic: string, options: ReadOptions = {}): Promise<ReadPage> {
    return await this.#read(topic, options);
  }

  async #read(topic: string, options: ReadOptions, request?: RequestOptions): Promise<ReadPage> {
    const path = `${topicPath(topic)}/messages${queryOf(options)}`;
    return readPage(await this.#transport.request("GET", path, undefined, request));
  }

  /**
   * Reads a topic's messages as they come, without a subscription: `for await (const message of client.tail("orders"))`.
   * Its `cursor` is the place to go on from after a restart. @throws {SluiceUsageError}
   */
  tail(topic: string, options: TailOptions = {}): Tail {
    topicPath(topic);
    const read = (asked: ReadOptions, signal: AbortSignal) =>
      this.#read(topic, asked, { signal, attempts: 1 });
    return new Tail(read, tailSettings(topic, options));
  }

  async putTopic(topic: string, settings: wire.TopicInput = {}): Promise<wire.Topic> {
    return await this.request("PUT", topicPath(topic), settings);
  }

  async changeTopic(topic: string, change: Partial<wire.TopicInput>): Promise<wire.Topic> {
    return await this.request("PATCH", topicPath(topic), change);
  }

  async getTopic(topic: string): Promise<wire.Topic> {
    return await this.request("GET", topicPath(topic));
  }

  async listTopics(page: wire.PageOptions = {}): Promise<{ items: wire.Topic[]; nextCursor?: string }> {
    return await this.request("GET", `/v1/topics${pageQuery(page)}`);
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.request("DELETE", topicPath(topic));
  }

  /** For a new webhook the answer has its `secret`, which is never answered again. */
  async putSubscription(
    topic: string,
    subscription: string,
    settings: wire.SubscriptionInput = {},
  ): Promise<wire.SubscriptionMade> {
    return await this.request("PUT", subscriptionPath(topic, subscription), settings);
  }

  async changeSubscription(
    topic: string,
    subscription: string,
    change: wire.SubscriptionChange,
  ): Promise<wire.Subscription> {
    return await this.request("PATCH", subscriptionPath(topic, subscription), change);
  }

  /** Tries the target of a subscription that sleeps now. If that fails, it sleeps on. */
  async wake(topic: string, subscription: string): Promise<wire.Subscription> {
    return await this.request("POST", `${subscriptionPath(topic, subscription)}/wake`);
  }

  /** Moves a subscription back (replay) or forward (skip). Earlier receipts become void. Sent twice, it acts twice. */
  async seek(topic: string, subscription: string, to: wire.SeekTo): Promise<wire.Subscription> {
    return await this.request("POST", `${subscriptionPath(topic, subscription)}/seek`, { to });
  }

  /** Replaces a webhook's secret. Deliveries are signed with both until `previousUntil`. */
  async rotateSecret(topic: string, subscription: string): Promise<wire.RotatedSecret> {
    return await this.request("POST", `${subscriptionPath(topic, subscription)}/rotate-secret`);
  }

  /** Sends a sample message to a webhook, and returns what it answered. */
  async testWebhook(topic: string, subscription: string): Promise<wire.WebhookTest> {
    return await this.request("POST", `${subscriptionPath(topic, subscription)}/test`);
  }

  /** Includes the subscription's state: its counts, and the age of its oldest message. */
  async getSubscription(topic: string, subscription: string): Promise<wire.SubscriptionWithState> {
    return await this.request("GET", subscriptionPath(topic, subscription));
  }

  async listSubscriptions(
    topic: string,
    page: wire.PageOptions = {},
  ): Promise<{ items: wire.Subscription[]; nextCursor?: string }> {
    return await this.request("GET", `${topicPath(topic)}/subscriptions${pageQuery(page)}`);
  }

  /** Messages that cannot be read and were passed over, with the reason. */
  async listSetAside(
    topic: string,
    subscription: string,
    page: wire.PageOptions = {},
  ): Promise<{ items: wire.SetAside[]; nextCursor?: string }> {
    return await this.request("GET", `${subscriptionPath(topic, subscription)}/set-aside${pageQuery(page)}`);
  }

  /** The subscription's messages that have no attempt left: to look at, to send again, to delete. */
  deadLetters(topic: string, subscription: string): DeadLetters {
    return new DeadLetters(this.#below(`${subscriptionPath(topic, subscription)}/dead-letters`));
  }

  /** The subscription's messages that have not ended: to see what they wait for, and to end or move them. */
  messages(topic: string, subscription: string): OpenMessages {
    return new OpenMessages(this.#below(`${subscriptionPath(topic, subscription)}/messages`));
  }

  #below(root: string): Send {
    return async (method, path, body) => {
      const sent = body === undefined ? undefined : jsonOf(body);
      const text = await this.#transport.request(method, `${root}${path}`, sent);
      return { text, value: text === "" ? undefined : parsed(text) };
    };
  }

  async deleteSubscription(topic: string, subscription: string): Promise<void> {
    await this.request("DELETE", subscriptionPath(topic, subscription));
  }

  /**
   * Says which messages a filter matches, in the order given, and why not the others. It stores nothing.
   * @throws {SluiceProblem} for a wrong filter, with the place of each mistake in `errors`
   */
  async testFilter(
    filter: unknown,
    messages: readonly wire.FilterTestMessage[],
  ): Promise<readonly wire.FilterTest[]> {
    const sent = messages.map((message) => {
      if (message.bodyText === undefined) return message;
      const { bodyText, ...fields } = message;
      return { ...fields, body: new JsonText(bodyText) };
    });
    const request = { filter, messages: sent };
    return (await this.request<{ results: wire.FilterTest[] }>("POST", "/v1/filters/test", request)).results;
  }

  /** Sends any request to the API, for routes without a method here. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.#transport.request(method, path, body === undefined ? body : jsonOf(body));
    return (text === "" ? undefined : parsed(text)) as T;
  }
}
