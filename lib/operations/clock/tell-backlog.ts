import { isHold } from "../../domain/progress/holds.js";
import { type Due, isVoid, openSpans } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset, Slot } from "../../domain/slot.js";
import { type PartitionRef, type Topic, partitionKey } from "../../domain/topic.js";
import { cursorIn } from "../consume/known-cursors.js";
import { readFrom } from "../consume/left-out.js";
import type { Engine } from "../engine.js";
import { JUMP, messagesBetween } from "../log/messages-between.js";
import type { Work } from "../push/has-work.js";

/** The most slots that are read for one look at a topic, however many subscriptions and partitions are behind. */
const SLOTS_AT_MOST = 256;
/** So many records of a subscription are looked at: with more, an older message may be among the others. */
const RECORDS_AT_MOST = 50;

interface Backlog {
  /** Ahead of the heads; with a filter, from the first one on that may match. */
  readonly messages: number;
  /** When the oldest message was published that is not acknowledged; Infinity where none is known. */
  readonly oldestMs: number;
}

/**
 * What waits in a topic, as the sweep finds it: for metrics. Its figures are near ones, so that it costs little: of
 * records it looks at the first, and where very much is behind it does not know how old each first message is.
 */
export class Backlogs {
  readonly #all: Backlog[] = [];
  /** Subscriptions that are equally far behind wait for the same slot. */
  readonly #slots = new Map<string, Promise<Slot | undefined>>();
  readonly #counts = new Map<string, Promise<number>>();

  constructor(
    private readonly engine: Engine,
    private readonly topic: Topic,
  ) {}

  async add(reader: Reader, work: Work): Promise<void> {
    const ahead = await Promise.all(
      work.ahead.map(({ partition, end }) => this.#ahead(reader, work, partition, end)),
    );
    const oldestMs = Math.min(
      ...ahead.map((one) => one.oldestMs),
      ...(await this.#records(reader, work)).map((record) => this.#oldestIn(reader, record)),
    );
    const backlog = { messages: ahead.reduce((sum, { messages }) => sum + messages, 0), oldestMs };
    this.#all.push(backlog);
    this.engine.telemetry.event("subscription-backlog", "info", {
      topic: this.topic.name,
      subscription: reader.subscription.name,
      ...this.#fields(backlog),
    });
  }

  /** The most that waits for one subscription, and the longest that anything has waited. */
  tell(): void {
    const messages = Math.max(0, ...this.#all.map((one) => one.messages));
    const oldestMs = Math.min(...this.#all.map((one) => one.oldestMs));
    this.engine.telemetry.event("topic-backlog", "info", {
      topic: this.topic.name,
      subscriptions: this.#all.length,
      ...this.#fields({ messages, oldestMs }),
    });
  }

  #fields({ messages, oldestMs }: Backlog): { readonly backlog: number; readonly oldestSeconds: number } {
    const ageMs = oldestMs === Infinity ? 0 : Math.max(0, this.engine.clock.nowMs() - oldestMs);
    return { backlog: messages, oldestSeconds: Math.floor(ageMs / 1_000) };
  }

  async #ahead({ subscription }: Reader, work: Work, partition: number, end: Offset): Promise<Backlog> {
    const cursor = cursorIn(subscription, partition, work.cursors.get(partition));
    const { head, slotBase } = readFrom(this.engine, subscription, partition, cursor);
    const slot = await this.#slot(partition, slotBase);
    // Where nothing was consumed yet the head lies before the first slot, and a jump of offsets in between.
    const from = Math.max(head, slot?.base ?? 0);
    const hasJump = end - from >= JUMP;
    const messages = !hasJump
      ? Math.max(0, end - from)
      : slot
        ? await this.#between(partition, from, end)
        : 0;
    return { messages, oldestMs: slot ? this.#livesFrom(slot) : Infinity };
  }

  /** However many subscriptions lie equally far behind, it is counted once. */
  async #between(partition: number, from: Offset, end: Offset): Promise<number> {
    const name = `${partition}#${from}#${end}`;
    const known = this.#counts.get(name) ?? this.#count({ topic: this.topic, partition }, from, end);
    this.#counts.set(name, known);
    return await known;
  }

  async #count(partition: PartitionRef, from: Offset, end: Offset): Promise<number> {
    const tail = await this.engine.log.tail(partition);
    return tail ? await messagesBetween(this.engine, partition, tail, from, end) : 0;
  }

  /** What has expired waits no more: nothing that lives is older than its life. */
  #livesFrom({ publishedAtMs, expiresAtMs }: Slot): number {
    const lifeMs = expiresAtMs - publishedAtMs;
    return Math.max(publishedAtMs, this.engine.clock.nowMs() - lifeMs);
  }

  async #slot(partition: number, from: Offset): Promise<Slot | undefined> {
    const ref = { topic: this.topic, partition };
    const name = `${partitionKey(ref)}#${from}`;
    const known = this.#slots.get(name);
    if (known || this.#slots.size >= SLOTS_AT_MOST) return await known;
    const read = this.engine.log.read(ref, from, 1).then(({ slots: [slot] }) => slot);
    this.#slots.set(name, read);
    return await read;
  }

  async #records({ subscription }: Reader, { cursors, hasRecords }: Work): Promise<readonly Due[]> {
    const inner = [...cursors.values()].flatMap((cursor) => cursor.inner ?? []);
    if (!hasRecords) return inner;
    const { records } = await this.engine.progress.records(subscription, { limit: RECORDS_AT_MOST });
    return [...inner, ...records];
  }

  #oldestIn({ subscription }: Reader, record: Due): number {
    if (isVoid(record, subscription)) return Infinity;
    const nowMs = this.engine.clock.nowMs();
    const open = openSpans(record).filter(
      (span) => !isHold(span) && (span.expiresAtMs ?? Infinity) > nowMs && span.from < span.to,
    );
    return Math.min(...open.map(({ publishedAtMs }) => publishedAtMs));
  }
}
