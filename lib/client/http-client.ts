import { Bodies } from "./bodies.js";
import { ConsumingClient } from "./consuming-client.js";
import { DeadLetters } from "./dead-letters.js";
import { type FoundMessage, type MessageTrace, foundMessage } from "./found-message.js";
import { jsonOf, withJsonText } from "./json-text.js";
import { OpenMessages } from "./open-messages.js";
import type { SluiceClientOptions } from "./options.js";
import { parsed } from "./outcomes.js";
import { doctorPath, pageQuery, subscriptionPath, topicPath } from "./paths.js";
import { type PublishOptions, Publishing, TO_TOPICS, toTopic } from "./publishing.js";
import type { ReadOptions, ReadPage } from "./read.js";
import { Replays } from "./replays.js";
import { Schedules } from "./schedules.js";
import { type Send, checkedId, queryOf } from "./send.js";
import type { Tail, TailOptions } from "./tail.js";
import { TopicReader } from "./topic-reader.js";
import { Transport } from "./transport.js";
import type * as wire from "./types.js";

/**
 * A typed client of the HTTPS API. Every method throws SluiceUsageError for a wrong argument, SluiceProblem for a
 * request that the API refused, and SluiceUnreachable if no response came. A publish that is repeated after its
 * response was lost can store its messages twice, without `publishOnce` and keys.
 */
export class SluiceClient extends ConsumingClient {
  readonly #transport: Transport;
  readonly #publishing: Publishing;
  /** Bodies that do not come with their messages. */
  readonly bodies: Bodies;

  constructor(options: SluiceClientOptions) {
    const transport = new Transport(options);
    super(transport);
    this.#transport = transport;
    this.bodies = new Bodies(this.#transport);
    this.#publishing = new Publishing(this.#transport, this.bodies, options);
  }

  /**
   * Stores all messages and returns them in the order given.
   * @throws {SluiceMessagesRefused} if any message was not stored; it lists those that were
   */
  async publish(topic: string, messages: readonly wire.NewMessageInput[], options?: PublishOptions) {
    return await this.#publishing.all(toTopic(topic), messages, options);
  }

  /** Like `publish`, but returns one result for each message instead of throwing when one is refused. */
  async publishEach(topic: string, messages: readonly wire.NewMessageInput[], options?: PublishOptions) {
    return await this.#publishing.each(toTopic(topic), messages, options);
  }

  /**
   * Stores messages to several topics, each of which names its own, and returns them in the order given.
   * @throws {SluiceMessagesRefused} if any message was not stored; with `atomic`, SluiceProblem: then none is
   */
  async publishToTopics(messages: readonly wire.TopicMessageInput[], options?: PublishOptions) {
    return await this.#publishing.all(TO_TOPICS, messages, options);
  }

  /** Like `publishToTopics`, but returns one result for each message instead of throwing when one is refused. */
  async publishToTopicsEach(messages: readonly wire.TopicMessageInput[], options?: PublishOptions) {
    return await this.#publishing.each(TO_TOPICS, messages, options);
  }

  /** The topic's delayed messages, soonest first, without their bodies. */
  async scheduled(topic: string, page: wire.PageOptions = {}): Promise<wire.PageOf<wire.ScheduledMessage>> {
    return await this.request("GET", `${topicPath(topic)}/scheduled${pageQuery(page)}`);
  }

  /** Cancels a delayed message, by the id that its publish returned. To do so again does no harm. */
  async cancel(id: string): Promise<void> {
    await this.request("DELETE", `/v1/messages/${checkedId(id)}`);
  }

  /** A message with its body: scheduled, in the outbox, the log, or dead letters alone; else `message-not-found`. */
  async getMessage(id: string): Promise<FoundMessage> {
    return foundMessage(await this.#transport.request("GET", `/v1/messages/${checkedId(id)}`));
  }

  /** What became of a message in each subscription of its topic, by their names, and what it waits for. */
  async traceMessage(id: string, page: wire.PageOptions = {}): Promise<MessageTrace> {
    return await this.request("GET", `/v1/messages/${checkedId(id)}/trace${pageQuery(page)}`);
  }

  /** Takes a message's content out for good, wherever it is stored. To do so again does no harm. */
  async erase(id: string): Promise<wire.ErasedMessage> {
    return await this.request("POST", `/v1/messages/${checkedId(id)}/erase`);
  }

  /**
   * A page of a topic's messages, read without a subscription: nothing is leased and nothing changes. Go on with its
   * `nextCursor`, now or days later.
   */
  async read(topic: string, options: ReadOptions = {}): Promise<ReadPage> {
    return await this.#reader(topic).read(options);
  }

  /**
   * Reads a topic's messages as they come, without a subscription:
   * `for await (const message of client.tail("orders"))`. Its `cursor` is the place to go on from after a restart.
   * @throws {SluiceUsageError}
   */
  tail(topic: string, options: TailOptions = {}): Tail {
    return this.#reader(topic).tail(options);
  }

  #reader(topic: string): TopicReader {
    return new TopicReader(topic, `${topicPath(topic)}/messages`, this.#transport);
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

  async listTopics(page: wire.PageOptions = {}): Promise<wire.PageOf<wire.Topic>> {
    return await this.request("GET", `/v1/topics${pageQuery(page)}`);
  }

  /** What is wrong, of all topics or of one, and what to do. It looks at a part: go on with its `nextCursor`. */
  async diagnose(options: wire.DiagnoseOptions = {}): Promise<wire.Diagnosis> {
    return await this.request("GET", doctorPath(options));
  }

  /** Messages in the outbox of a topic, which need not be there: those that wait, or those that it refused. */
  async listOutbox(topic: string, options: wire.OutboxListOptions = {}): Promise<wire.OutboxPage> {
    return await this.request("GET", `${topicPath(topic)}/outbox${queryOf(options)}`);
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

  async listSubscriptions(topic: string, page: wire.PageOptions = {}) {
    const path = `${topicPath(topic)}/subscriptions${pageQuery(page)}`;
    return await this.request<wire.PageOf<wire.Subscription>>("GET", path);
  }

  /** Messages that cannot be read and were passed over, with the reason. */
  async listSetAside(topic: string, subscription: string, page: wire.PageOptions = {}) {
    const path = `${subscriptionPath(topic, subscription)}/set-aside${pageQuery(page)}`;
    return await this.request<wire.PageOf<wire.SetAside>>("GET", path);
  }

  /** The subscription's messages that have no attempt left: to look at, to send again, to delete. */
  deadLetters(topic: string, subscription: string): DeadLetters {
    return new DeadLetters(this.#below(`${subscriptionPath(topic, subscription)}/dead-letters`));
  }

  /** Messages of the log that the subscription gets again: see `seek` for moving it back as a whole. */
  replays(topic: string, subscription: string): Replays {
    return new Replays(this.#below(`${subscriptionPath(topic, subscription)}/replay`));
  }

  /** The subscription's messages that have not ended: to see what they wait for, and to end or move them. */
  messages(topic: string, subscription: string): OpenMessages {
    return new OpenMessages(this.#below(`${subscriptionPath(topic, subscription)}/messages`));
  }

  /** The topic's schedules: messages that are published again and again. */
  schedules(topic: string): Schedules {
    return new Schedules(`${topicPath(topic)}/schedules`, this.#transport);
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
  async testFilter(filter: unknown, messages: readonly wire.FilterTestMessage[]) {
    const request = { filter, messages: messages.map(withJsonText) };
    return (await this.request<{ results: wire.FilterTest[] }>("POST", "/v1/filters/test", request)).results;
  }

  /** Sends any request to the API, for routes without a method here. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.#transport.request(method, path, body === undefined ? body : jsonOf(body));
    return (text === "" ? undefined : parsed(text)) as T;
  }
}
