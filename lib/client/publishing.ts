import { SluiceMessagesRefused, SluiceUsageError, type Stored, shown } from "./errors.js";
import { jsonOf } from "./json-text.js";
import { byOutcome, parsed } from "./outcomes.js";
import type { Bodies } from "./bodies.js";
import { type SluiceClientOptions, checkedName } from "./options.js";
import type { Transport } from "./transport.js";
import type { NewMessageInput, PublishResult, Published, TopicMessageInput } from "./types.js";

export interface PublishOptions {
  /**
   * A name for this publish, 1 to 128 characters. Sent again with the same messages within a day, it is stored once,
   * and answered as it was first; with others it is refused.
   */
  readonly idempotencyKey?: string;
  /** All or nothing: either all messages are stored, in one transaction, or none, which throws. @default false */
  readonly atomic?: boolean;
}

/** Where messages are published, and the topic of each. */
interface Place {
  readonly path: string;
  readonly topicOf: (message: NewMessageInput | TopicMessageInput) => string;
}

/** @throws {SluiceUsageError} */
export const toTopic = (topic: string): Place => ({
  path: `/v1/topics/${checkedName("topic", topic)}/messages`,
  topicOf: () => topic,
});

/** Each message names its own. */
export const TO_TOPICS: Place = {
  path: "/v1/publish",
  topicOf: (message) => (message as TopicMessageInput).topic,
};

/** The publishes of a client. `once`: each has a key of its own, unless it is given one. */
export class Publishing {
  constructor(
    private readonly transport: Pick<Transport, "request">,
    private readonly bodies: Pick<Bodies, "sent">,
    private readonly options: Pick<SluiceClientOptions, "publishOnce" | "traceContext">,
  ) {}

  async each(
    { path, topicOf }: Place,
    messages: readonly (NewMessageInput | TopicMessageInput)[],
    { idempotencyKey, atomic = false }: PublishOptions = {},
  ): Promise<readonly PublishResult[]> {
    const key =
      checkedKey(idempotencyKey) ?? (this.options.publishOnce === true ? crypto.randomUUID() : undefined);
    const headers = { ...this.#trace(), ...(key === undefined ? {} : { "idempotency-key": key }) };
    const options = Object.keys(headers).length === 0 ? {} : { headers };
    const sent = await this.bodies.sent(messages, topicOf);
    const body = jsonOf({ messages: sent, ...(atomic ? { atomic } : {}) });
    const text = await this.transport.request("POST", path, body, options);
    return (parsed(text) as { messages: readonly PublishResult[] }).messages;
  }

  /** As headers, so that a publish that is sent again within another trace is still the same. */
  #trace(): Record<string, string> {
    const { traceparent, tracestate } = this.options.traceContext?.() ?? {};
    const isText = (value: unknown): value is string => typeof value === "string" && VISIBLE.test(value);
    if (!isText(traceparent)) return {};
    return { traceparent, ...(isText(tracestate) ? { tracestate } : {}) };
  }

  /** @throws {SluiceMessagesRefused} */
  async all(
    place: Place,
    messages: readonly (NewMessageInput | TopicMessageInput)[],
    options: PublishOptions = {},
  ): Promise<Published> {
    const { done, refused } = byOutcome(await this.each(place, messages, options));
    if (refused.length > 0) {
      const stored = done.map(({ index, result }): Stored => ({ index, ...result }));
      throw new SluiceMessagesRefused(stored, refused);
    }
    return { messages: done.map(({ result }) => result) };
  }
}

/** What may be in a header: anything else would keep the message from being sent. */
const VISIBLE = /^[\x20-\x7e]+$/;

/** A header of other characters than these does not arrive as it was sent. @throws {SluiceUsageError} */
export function checkedKey(key: unknown): string | undefined {
  if (key === undefined || (typeof key === "string" && /^[\x21-\x7e]{1,128}$/.test(key))) return key;
  throw new SluiceUsageError(
    `idempotencyKey is ${shown(key)}: use 1 to 128 visible characters of ASCII, without spaces`,
  );
}
