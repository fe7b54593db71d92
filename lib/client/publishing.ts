import { SluiceMessagesRefused, SluiceUsageError, type Stored, shown } from "./errors.js";
import { jsonOf } from "./json-text.js";
import { byOutcome, parsed } from "./outcomes.js";
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
  ) {}

  async each(
    path: string,
    messages: readonly (NewMessageInput | TopicMessageInput)[],
    { idempotencyKey, atomic = false }: PublishOptions = {},
  ): Promise<readonly PublishResult[]> {
    const key = checkedKey(idempotencyKey) ?? (this.once ? crypto.randomUUID() : undefined);
    const options = key === undefined ? {} : { headers: { "idempotency-key": key } };
    const body = jsonOf({ messages, ...(atomic ? { atomic } : {}) });
    const text = await this.transport.request("POST", path, body, options);
    return (parsed(text) as { messages: readonly PublishResult[] }).messages;
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

/** A header of other characters than these does not arrive as it was sent. @throws {SluiceUsageError} */
function checkedKey(key: unknown): string | undefined {
  if (key === undefined || (typeof key === "string" && /^[\x21-\x7e]{1,128}$/.test(key))) return key;
  throw new SluiceUsageError(
    `idempotencyKey is ${shown(key)}: use 1 to 128 visible characters of ASCII, without spaces`,
  );
}
