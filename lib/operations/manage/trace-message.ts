import type { DeadLetter } from "../../domain/dead-letter.js";
import { invariant } from "../../domain/invariant.js";
import type { FoundMessage, TracedMessage } from "../../domain/found-message.js";
import type { MessageContent } from "../../domain/message.js";
import { waitOf } from "../../domain/open-message.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { liveInner } from "../../domain/progress/inner.js";
import { type Cursor, type Holding } from "../../domain/progress/records.js";
import { spanAt } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import { type ReadMessage, isUnreadable } from "../../domain/reading.js";
import { isTraced } from "../../domain/topic.js";
import type { Subscription } from "../../domain/subscription.js";
import { findHolding, holdingAt } from "../consume/find-holding.js";
import { cursorIn } from "../consume/known-cursors.js";
import { ListedKeys } from "../consume/listed-keys.js";
import type { Engine } from "../engine.js";
import { filterInForce, isWanted } from "../filter-in-force.js";
import { findTopic } from "../lookup.js";
import { readJournal } from "./read-journal.js";
import { described, stateOf } from "./record-messages.js";
import { circumstancesOf } from "./subscription-state.js";
import { findMessage } from "./find-message.js";
import { whyNotRead } from "./why-not-read.js";

/** A page begins with no other subscription after this: where much is open, each takes seconds to look through. */
const TRACING_MS = 10_000;

/** A message, and what became of it in one subscription after the other, by their names. */
export interface Trace {
  readonly message: FoundMessage;
  readonly subscriptions: Page<TracedMessage>;
}

/**
 * What became of a message in each subscription of its topic. One that is not in the log has no subscriptions to tell
 * of. They are looked at one after the other, so a message that moves meanwhile is told where it was a moment ago.
 * @throws {TopicNotFound} {MessageNotFound} {MessageOutOfReach}
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function traceMessage(engine: Engine, id: string, page: PageRequest): Promise<Trace> {
  const message = await findMessage(engine, id);
  if (message.state !== "published") return { message, subscriptions: { items: [] } };
  const topic = await findTopic(engine, message.topic);
  const { items, ...more } = await engine.subscriptions.list(topic, page);
  const traced: TracedMessage[] = [];
  const untilMs = engine.clock.nowMs() + TRACING_MS;
  for (const subscription of items)
    traced.push(
      engine.clock.nowMs() < untilMs
        ? await traceIn(engine, { topic, subscription }, message.message, untilMs)
        : { subscription: subscription.name, kind: "unknown" },
    );
  return { message, subscriptions: { items: traced, ...more } };
}

async function traceIn(
  engine: Engine,
  reader: Reader,
  message: ReadMessage,
  untilMs: number,
): Promise<TracedMessage> {
  const traced = await stateIn(engine, reader, message);
  if (!isTraced(reader.topic)) return traced;
  const isOver = traced.kind === "ended" || traced.kind === "dead-letter";
  const { why, ...journal } = await readJournal(engine, reader, message, { isOver, untilMs });
  if (why === undefined) return { ...traced, journal };
  return { ...traced, journal, notRead: [...(traced.notRead ?? []), { part: "deliveries", why }] };
}

/** A subscription that cannot be read now takes no other along: it is told of as that. */
async function stateIn(engine: Engine, reader: Reader, message: ReadMessage): Promise<TracedMessage> {
  try {
    return await new Tracing(engine, reader, message).trace();
  } catch (error) {
    const notRead = [{ part: "state" as const, why: whyNotRead(engine, reader, error) }];
    return { subscription: reader.subscription.name, kind: "unknown", notRead };
  }
}

/** One subscription's look at a message. */
class Tracing {
  readonly #subscription: Subscription;

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private readonly message: ReadMessage,
  ) {
    this.#subscription = reader.subscription;
  }

  async trace(): Promise<TracedMessage> {
    const cursor = await this.#cursor();
    return this.message.offset >= cursor.head ? await this.#ahead(cursor) : await this.#behind(cursor);
  }

  async #cursor(): Promise<Cursor> {
    const { partition } = this.message;
    const stored = await this.engine.progress.cursor(this.#subscription, partition);
    return cursorIn(this.#subscription, partition, stored);
  }

  get #name(): { readonly subscription: string } {
    return { subscription: this.#subscription.name };
  }

  async #ahead(cursor: Cursor): Promise<TracedMessage> {
    const { engine, reader, message } = this;
    if (!isUnreadable(message)) {
      if ((message.expiresAtMs ?? Infinity) <= engine.clock.nowMs())
        return { ...this.#name, kind: "expired" };
      if (!(await this.#isWanted(message))) return { ...this.#name, kind: "left-out" };
    }
    const isOrdered = reader.topic.ordering === "key";
    const keys = isOrdered ? new ListedKeys(engine, this.#subscription, cursor) : undefined;
    const holder = await keys?.holderAhead(message.key);
    const circumstances = await circumstancesOf(engine, reader);
    const held = holder ? { heldUntilMs: holder.dueMs } : {};
    const { id, key, tag, publishedAtMs } = message;
    const fields = {
      ...{ id, state: "waiting" as const, publishedAtMs, attempt: 0 },
      ...(key === undefined ? {} : { key }),
      ...(tag === undefined ? {} : { tag }),
    };
    const wait = waitOf("waiting", undefined, { ...circumstances, ...held });
    return { ...this.#name, kind: "open", message: { ...fields, ...wait } };
  }

  async #isWanted(message: MessageContent): Promise<boolean> {
    const filter = (await filterInForce(this.engine, this.#subscription))?.filter;
    return filter === undefined || isWanted(this.engine, filter, message);
  }

  /**
   * It may move meanwhile, from each of these places to another: each is looked at before and after the others. A dead
   * letter of before a seek says nothing of what became of the message since.
   */
  async #behind(cursor: Cursor): Promise<TracedMessage> {
    const dead = await this.#letter();
    if (dead && this.#isSinceSeek(dead)) return this.#dead(dead);
    const { engine, message } = this;
    const { partition, offset } = message;
    const record = await findHolding(engine, this.#subscription, { partition, cursor, offset });
    if (record === "too-many") return { ...this.#name, kind: "unknown" };
    if (record) return await this.#held(record, cursor);
    const died = await this.#letter();
    if (died && this.#isSinceSeek(died)) return this.#dead(died);
    const later = await this.#cursor();
    const inner = liveInner(later).find(holdingAt(this.#subscription, { partition, offset }));
    if (inner) return await this.#held(inner, later);
    if (died) return this.#dead(died);
    const start = this.#subscription.startingPlaces[partition]?.head ?? 0;
    return { ...this.#name, kind: offset < start ? "before-start" : "ended" };
  }

  async #held(record: Holding, cursor: Cursor): Promise<TracedMessage> {
    const { partition, offset } = this.message;
    const span = spanAt(record.spans, offset);
    invariant(span !== undefined, "a record that holds a message has a span of it");
    const state = stateOf(record, { ...span, from: offset });
    const cursors = new Map([[partition, cursor]]);
    const [open] = await described(this.engine, this.reader, state, [{ record, span, offset }], cursors);
    return { ...this.#name, ...(open ? { kind: "open", message: open } : { kind: "expired" }) };
  }

  async #letter(): Promise<DeadLetter | undefined> {
    const { engine, message } = this;
    const letter = await engine.deadLetters.get(this.#subscription, message.id);
    return letter && letter.expiresAtMs > engine.clock.nowMs() ? letter : undefined;
  }

  #isSinceSeek({ epoch }: DeadLetter): boolean {
    return epoch === this.#subscription.epoch;
  }

  #dead({ copy: _, ...letter }: DeadLetter): TracedMessage {
    return { ...this.#name, kind: "dead-letter", letter };
  }
}
