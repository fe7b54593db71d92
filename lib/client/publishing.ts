import { SluiceMessagesRefused, SluiceUsageError, type Stored, shown } from "./errors.js";
import { jsonOf } from "./json-text.js";
import { byOutcome, parsed } from "./outcomes.js";
import type { TraceContextOf } from "./options.js";
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

/** The publishes of a client. `once`: each has a key of its own, unless it is given one. */
export class Publishing {
  constructor(
    private readonly transport: Pick<Transport, "request">,
    private readonly once: boolean,
    private readonly traceContext: TraceContextOf = () => undefined,
  ) {}

  async each(
    path: string,
    messages: readonly (NewMessageInput | TopicMessageInput)[],
    { idempotencyKey, atomic = false }: PublishOptions = {},
  ): Promise<readonly PublishResult[]> {
    const key = checkedKey(idempotencyKey) ?? (this.once ? crypto.randomUUID() : undefined);
    const headers = { ...this.#trace(), ...(key === undefined ? {} : { "idempotency-key": key }) };
    const options = Object.keys(headers).length === 0 ? {} : { headers };
    const body = jsonOf({ messages, ...(atomic ? { atomic } : {}) });
    const text = await this.transport.request("POST", path, body, options);
    return (parsed(text) as { messages: readonly PublishResult[] }).messages;
  }

  /** As headers, so that a publish that is sent again within another trace is still the same. */
  #trace(): Record<string, string> {
    const { traceparent, tracestate } = this.traceContext() ?? {};
    const isText = (value: unknown): value is string => typeof value === "string" && VISIBLE.test(value);
    if (!isText(traceparent)) return {};
    return { traceparent, ...(isText(tracestate) ? { tracestate } : {}) };
  }

  /** @throws {SluiceMessagesRefused} */
  async all(
    path: string,
    messages: readonly (NewMessageInput | TopicMessageInput)[],
    options: PublishOptions = {},
  ): Promise<Published> {
    const { done, refused } = byOutcome(await this.each(path, messages, options));
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
