import type { Consumer } from "./consumer/consumer.js";
import * as consuming from "./consumer/options.js";
import { subscriptionPath } from "./paths.js";
import { SubscriptionRequests, consumerOf, oneByOne } from "./subscription-requests.js";
import type { Transport } from "./transport.js";
import type * as wire from "./types.js";

/** The part of the client that consumes pull subscriptions. */
export class ConsumingClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async receive(topic: string, subscription: string, options: wire.ReceiveOptions = {}) {
    return await this.#consuming(topic, subscription).receive(options);
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
    return await this.#consuming(topic, subscription).settle(results);
  }

  /**
   * Settles messages, and receives more, by one request: first the one, then the other. Where a settlement failed, its
   * result says so, and the request does not wait for messages.
   */
  async settleAndReceive(
    topic: string,
    subscription: string,
    results: readonly wire.SettlementInput[],
    options: wire.ReceiveOptions = {},
  ): Promise<wire.SettledAndReceived> {
    return await this.#consuming(topic, subscription).settleAndReceive(results, options);
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
    await this.#consuming(topic, subscription).ack(messages);
  }

  /**
   * Hands each message of a pull subscription to `handler`, several at a time: to return acknowledges it, to throw
   * sends it back. Leases are extended while their handlers are at work.
   * @throws {SluiceUsageError}
   */
  consume(
    topic: string,
    subscription: string,
    handler: consuming.MessageHandler,
    options: consuming.ConsumeOptions = {},
  ): Consumer {
    const settings = consuming.consumeSettings(handler, { ...options, maxMessages: 1 });
    const requests = this.#consuming(topic, subscription);
    return consumerOf(requests, { topic, subscription }, oneByOne(handler), settings);
  }

  /** Like `consume`, with up to `maxMessages` in one call of the handler. @throws {SluiceUsageError} */
  consumeBatches(
    topic: string,
    subscription: string,
    handler: consuming.BatchHandler,
    options: consuming.ConsumeBatchesOptions = {},
  ): Consumer {
    const settings = consuming.consumeSettings(handler, options);
    return consumerOf(this.#consuming(topic, subscription), { topic, subscription }, handler, settings);
  }

  #consuming(topic: string, subscription: string): SubscriptionRequests {
    return new SubscriptionRequests(subscriptionPath(topic, subscription), this.#transport);
  }
}
