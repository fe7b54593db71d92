import { type Delayed, taking } from "../../domain/delayed.js";
import { SluiceError } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import type { DelayedTimer } from "../../domain/timer.js";
import { type Topic, partitionFor, publishIsPaused } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { appendBeside } from "../log/append.js";
import { readCopy } from "../log/message-copy.js";
import { isTrouble } from "../log/troubles.js";
import { memoryBytesFor } from "../memory-budget.js";
import { choosing } from "../publish/append-messages.js";
import { laterWhilePaused } from "./delayed-timer.js";

/** A step of a topic's work. It is short, so that a clock that runs out of time leaves little behind. */
const SLICE_MS = 1_500;
/** Read together, soonest first. */
const PAGE = 256;
/** So many objects cannot be read only where none can be. */
const TROUBLES_AT_MOST = 256;
/** What lies behind such an object in its key is read past, up to so many. */
const SKIPPED_AT_MOST = 2_048;
/** Of one slot: each takes an item of its transaction. */
const BATCH_MESSAGES = 90;
const BATCH_BYTES = 1024 * 1024;

/**
 * Publishes a topic's delayed messages that are due, in the order of their times, and tells when the timer is due
 * again, if it is. Timers of one topic share the work: what is read after a timer was seen includes what came with it.
 */
export async function publishDue(engine: Engine, timer: DelayedTimer): Promise<number | undefined> {
  return await engine.dues.join(timer.topic.uid, undefined, {
    count: (waiting) => waiting.length,
    carryOut: async (waiting) => {
      const againMs = await new Due(engine, timer).publish();
      return waiting.map(() => againMs);
    },
  });
}

/** An object that cannot be read now. */
const TROUBLE = "trouble";
type Opened = MessageContent | UnreadableSlot | typeof TROUBLE;

/** One run over what is due. */
class Due {
  /** What cannot be read now, and what lies behind it in its key: it holds up nobody else. */
  readonly #skipped = new Set<string>();
  readonly #heldKeys = new Set<string>();
  #troubles = 0;
  #failure: Error | undefined;
  readonly #untilMs: number;

  constructor(
    private readonly engine: Engine,
    private readonly timer: DelayedTimer,
  ) {
    this.#untilMs = engine.clock.nowMs() + SLICE_MS;
  }

  async publish(): Promise<number | undefined> {
    const { clock, topics, delayed } = this.engine;
    while (this.#troubles <= TROUBLES_AT_MOST && this.#skipped.size <= SKIPPED_AT_MOST) {
      // As of before this round: a slow read is followed by what it found.
      const isOver = this.#isOver;
      const topic = await topics.get(this.timer.topic.name);
      if (topic?.uid !== this.timer.topic.uid) return undefined;
      const nowMs = clock.nowMs();
      if (publishIsPaused(topic)) return laterWhilePaused(nowMs);
      const limit = (isOver ? 1 : PAGE) + this.#skipped.size;
      const due = await delayed.due(topic, nowMs, limit);
      const rest = due.filter((one) => !this.#isHeld(topic, one));
      if (rest.length === 0 && due.length < limit) return this.#end();
      if (isOver) return nowMs;
      await Promise.all(chainsOf(topic, rest).map((chain) => this.#chain(topic, chain)));
      if (this.#failure !== undefined) throw this.#failure;
    }
    return this.#end();
  }

  get #isOver(): boolean {
    return this.engine.clock.nowMs() >= this.#untilMs;
  }

  #end(): undefined {
    if (this.#skipped.size > 0) throw new Error(`${this.#skipped.size} delayed messages cannot be read now`);
    return undefined;
  }

  #isHeld(topic: Topic, { id, key }: Delayed): boolean {
    if (topic.ordering === "key" && key !== undefined && this.#heldKeys.has(key)) this.#skipped.add(id);
    return this.#skipped.has(id);
  }

  /** One slot after the other, so that none overtakes the one before. The first of them goes in any case. */
  async #chain(topic: Topic, { partition, messages }: Chain): Promise<void> {
    const { budget } = this.engine;
    try {
      let isFirst = true;
      for (const batch of batchesOf(messages)) {
        if (!isFirst && this.#isOver) return;
        isFirst = false;
        const bytes = batch.reduce((sum, { copy }) => sum + copy.unpackedBytes, 0);
        const isTaken = await budget.receiving(memoryBytesFor(bytes), () =>
          this.#batch(topic, partition, batch),
        );
        // Somebody else is at work on them, or one was cancelled: what is left is read again.
        if (!isTaken) return;
      }
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  async #batch(topic: Topic, partition: number | undefined, batch: readonly Delayed[]): Promise<boolean> {
    const opened = await Promise.all(batch.map((one) => this.#open(one)));
    const contents: MessageContent[] = [];
    const taken: Delayed[] = [];
    for (const [index, one] of batch.entries()) {
      if (this.#isHeld(topic, one)) continue;
      const content = opened[index] as Opened;
      if (content === TROUBLE) this.#skip(one);
      else if (content instanceof UnreadableSlot) await this.#lost(topic, one, content.reason);
      else {
        contents.push(content);
        taken.push(one);
      }
    }
    return taken.length === 0 || (await this.#append(topic, partition, taken, contents));
  }

  #skip({ id, key }: Delayed): void {
    this.#troubles++;
    this.#skipped.add(id);
    if (key !== undefined) this.#heldKeys.add(key);
  }

  /** One slot for all of them. If it is refused for good, halves of it go by themselves: one fails by its own fault. */
  async #append(
    topic: Topic,
    partition: number | undefined,
    taken: readonly Delayed[],
    contents: readonly MessageContent[],
  ): Promise<boolean> {
    const { engine } = this;
    const choose = choosing(engine, topic, partition, taken.length);
    const beside = taken.map((one) => taking(topic, one));
    try {
      const outcome = await appendBeside(engine, topic, contents, choose, beside);
      if (outcome.kind === "refused") return false;
    } catch (error) {
      if (!(error instanceof SluiceError) || error.retryAfterMs !== undefined) throw error;
      const [only] = taken;
      if (only && taken.length === 1) return await this.#lost(topic, only, error.code);
      const half = Math.ceil(taken.length / 2);
      const isFirst = await this.#append(topic, partition, taken.slice(0, half), contents.slice(0, half));
      return isFirst && (await this.#append(topic, partition, taken.slice(half), contents.slice(half)));
    }
    const lateMs = engine.clock.nowMs() - Math.min(...taken.map(({ dueMs }) => dueMs));
    const fields = { topic: topic.name, messages: taken.length, lateMs };
    engine.telemetry.event("delayed-messages-published", "info", fields);
    return true;
  }

  /** It can never be published: that is told, and it holds up nobody. */
  async #lost(topic: Topic, { id }: Delayed, reason: string): Promise<true> {
    const { telemetry, delayed, clock } = this.engine;
    if ((await delayed.cancel(topic, id, clock.nowMs())) === "gone") return true;
    telemetry.event("delayed-message-lost", "error", { topic: topic.name, id, reason });
    return true;
  }

  async #open({ copy }: Delayed): Promise<Opened> {
    try {
      return await readCopy(this.engine, copy);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      return TROUBLE;
    }
  }
}

/** The due messages of one partition in order, or those that may go to any. */
interface Chain {
  readonly partition: number | undefined;
  readonly messages: Delayed[];
}

function chainsOf(topic: Topic, due: readonly Delayed[]): readonly Chain[] {
  const chains = new Map<number | undefined, Chain>();
  for (const one of due) {
    const partition = partitionFor(topic, one.key);
    const chain = chains.get(partition) ?? { partition, messages: [] };
    chains.set(partition, chain);
    chain.messages.push(one);
  }
  return [...chains.values()];
}

function* batchesOf(messages: readonly Delayed[]): Generator<readonly Delayed[]> {
  let batch: Delayed[] = [];
  let bytes = 0;
  for (const one of messages) {
    const { unpackedBytes } = one.copy;
    if (batch.length > 0 && (batch.length >= BATCH_MESSAGES || bytes + unpackedBytes > BATCH_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(one);
    bytes += unpackedBytes;
  }
  if (batch.length > 0) yield batch;
}
