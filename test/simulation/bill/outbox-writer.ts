import { itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { putOutboxItem } from "../../../lib/adapters/memory/outbox-store.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { type WrittenAt, outboxName, outboxShardOf, writtenAfter } from "../../../lib/domain/outbox.js";
import { outboxItemOf } from "../../../lib/domain/outbox-item.js";
import { OutboxStream } from "../actors/outbox-stream.js";
import type { MeteredDeployment, MeteredFunctions } from "./metered.js";

const UNIT_BYTES = 1_024;
const TRANSACTION = 2;
const NONCE_CHARACTERS = 16;

/** A user's service, whose transactions have a message each. What else they write is the user's own. */
export class OutboxWriter {
  readonly #stream: OutboxStream;
  #last: WrittenAt | undefined;

  constructor(
    private readonly deployment: MeteredDeployment,
    functions: MeteredFunctions,
    private readonly topic: string,
  ) {
    this.#stream = new OutboxStream(deployment, functions);
  }

  commit(content: MessageContent, label: string): void {
    const { world, storage, outbox } = this.deployment;
    this.#last = writtenAfter(this.#last, Math.floor(world.nowMs));
    const nonce = world.random
      .below(2 ** 30)
      .toString(36)
      .padStart(NONCE_CHARACTERS, "0");
    const ref = { ...outboxShardOf(this.topic, nonce), name: outboxName(this.#last, nonce) };
    // As the client library stores what is not JSON.
    const item = outboxItemOf(ref, { ...content, body: Buffer.from(content.body) });
    outbox.written(ref, { label, key: undefined, process: "service" });
    outbox.committed(ref);
    putOutboxItem(storage, item);
    this.deployment.userWriteUnits += TRANSACTION * Math.ceil(itemBytes(item) / UNIT_BYTES);
    this.#stream.put(ref);
  }
}
