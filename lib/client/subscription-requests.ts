import { Consumer } from "./consumer/consumer.js";
import type { BatchHandler, ConsumeSettings, MessageHandler } from "./consumer/options.js";
import { SluiceReceiptsRefused } from "./errors.js";
import { jsonOf, withBodyTexts } from "./json-text.js";
import { byOutcome, parsed } from "./outcomes.js";
import type { RequestOptions, Transport } from "./transport.js";
import type * as wire from "./types.js";

type WireAnswer = Pick<wire.SettledAndReceived, "messages"> & Partial<wire.SettledAndReceived>;

/** The requests that consume one subscription. */
export class SubscriptionRequests {
  constructor(
    private readonly path: string,
    private readonly transport: Transport,
  ) {}

  async receive(body: wire.ReceiveOptions, options?: RequestOptions): Promise<wire.ReceivedMessage[]> {
    return (await this.settleAndReceive([], body, options)).messages;
  }

  /** One request for both. */
  async settleAndReceive(
    settle: readonly wire.SettlementInput[],
    body: wire.ReceiveOptions,
    options?: RequestOptions,
  ): Promise<wire.SettledAndReceived> {
    const all = settle.length > 0 ? { ...body, settle } : body;
    const text = await this.transport.request("POST", `${this.path}/receive`, jsonOf(all), options);
    const { messages, results = [] } = parsed(text) as WireAnswer;
    return { results, messages: withBodyTexts("messages", messages, text) };
  }

  async settle(
    results: readonly wire.SettlementInput[],
    options?: RequestOptions,
  ): Promise<wire.SettlementResult[]> {
    const text = await this.transport.request("POST", `${this.path}/settle`, jsonOf({ results }), options);
    return (parsed(text) as { results: wire.SettlementResult[] }).results;
  }

  /** @throws {SluiceReceiptsRefused} if any message was not acknowledged */
  async ack(messages: readonly { readonly receipt: string }[]): Promise<void> {
    if (messages.length === 0) return;
    const words = messages.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    const { done, refused } = byOutcome(await this.settle(words));
    if (refused.length > 0)
      throw new SluiceReceiptsRefused(
        done.map(({ index }) => index),
        refused,
      );
  }
}

/** A handler of batches of one. */
export const oneByOne =
  (handler: MessageHandler): BatchHandler =>
  async ([message], { signal }) => {
    if (message) await handler(message, { signal });
  };

const once = (signal: AbortSignal, inHand: number): RequestOptions => ({
  ...{ signal, attempts: 1 },
  headers: { "sluice-in-hand": String(inHand) },
});

/** A worker whose requests are these. */
export const consumerOf = (
  requests: SubscriptionRequests,
  names: { readonly topic: string; readonly subscription: string },
  handler: BatchHandler,
  settings: ConsumeSettings,
): Consumer =>
  new Consumer(
    {
      ...names,
      receive: ({ inHand, ...request }, signal) => requests.receive(request, once(signal, inHand)),
      settleAndReceive: (words, { inHand, ...request }, signal) =>
        requests.settleAndReceive(words, request, once(signal, inHand)),
      settle: (words, signal) => requests.settle(words, { signal, attempts: 1 }),
    },
    handler,
    settings,
  );
