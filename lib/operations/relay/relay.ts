import { Conflict, TopicNotFound, TopicPaused } from "../../domain/errors.js";
import { OLDEST_AT_MOST, type OutboxShard, outboxShardKey } from "../../domain/outbox.js";
import { type Topic, publishIsPaused } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { memoryBytesOfAll } from "../memory-budget.js";
import { moveMessages } from "./move-messages.js";

/** Consecutive looks that find another relay at work on the same messages. */
const RACES_AT_MOST = 20;

/** What is read of one shard, at worst: its items as they came, and the messages that they are. */
const SHARD_MEMORY_BYTES = 2 * memoryBytesOfAll(OLDEST_AT_MOST);

/** Why messages of a topic wait: for an operator, or for a later try. */
export type Waiting = "topic-not-found" | "topic-paused" | "failed";

/** What became of a topic's messages. */
export interface Relayed {
  readonly topic: string;
  readonly shards: readonly OutboxShard[];
  readonly moved: number;
  /** undefined: none of them waits any more. */
  readonly waiting?: Waiting;
  readonly error?: unknown;
}

/**
 * Moves what waits in these shards into the log, each message once: it is taken away in the transaction that puts its
 * slot. Nothing that it is told of is believed: it looks at each shard itself, oldest first. So doorbells that come
 * twice, late, or for what is gone do no harm, and a key's messages keep their order. A topic that fails costs the
 * others nothing.
 */
export async function relay(
  engine: Engine,
  shards: readonly OutboxShard[],
  { untilMs }: { readonly untilMs: number },
): Promise<readonly Relayed[]> {
  const byTopic = new Map<string, Map<string, OutboxShard>>();
  for (const shard of shards) {
    const those = byTopic.get(shard.topic) ?? new Map<string, OutboxShard>();
    byTopic.set(shard.topic, those.set(outboxShardKey(shard), shard));
  }
  return await Promise.all(
    [...byTopic].map(([topic, those]) => relayTopic(engine, topic, [...those.values()], untilMs)),
  );
}

/** As many shards at once as memory has room for. Those that fail cost the others nothing. */
async function relayTopic(
  engine: Engine,
  topic: string,
  shards: readonly OutboxShard[],
  untilMs: number,
): Promise<Relayed> {
  const parts = partsOf(engine, shards).map((part) => new Moving(engine, topic, part, untilMs));
  const outcomes = await Promise.allSettled(parts.map((part) => part.go()));
  const moved = parts.reduce((sum, part) => sum + part.moved, 0);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (!failed) return { topic, shards, moved };
  const error: unknown = failed.reason;
  const waiting = waitingFor(error);
  const fields = { topic, waiting, error: String(error) };
  engine.telemetry.event("outbox-waiting", waiting === "failed" ? "error" : "info", fields);
  return { topic, shards, moved, waiting, error };
}

function partsOf({ budget }: Engine, shards: readonly OutboxShard[]): readonly (readonly OutboxShard[])[] {
  const atOnce = Math.max(1, Math.floor(budget.limitBytes / SHARD_MEMORY_BYTES));
  return Array.from({ length: Math.ceil(shards.length / atOnce) }, (_, part) =>
    shards.slice(part * atOnce, (part + 1) * atOnce),
  );
}

function waitingFor(error: unknown): Waiting {
  if (error instanceof TopicNotFound) return "topic-not-found";
  return error instanceof TopicPaused ? "topic-paused" : "failed";
}

/** Some of a topic's shards, until nothing is left in them. */
class Moving {
  moved = 0;

  constructor(
    private readonly engine: Engine,
    private readonly topicName: string,
    private readonly shards: readonly OutboxShard[],
    private readonly untilMs: number,
  ) {}

  /** @throws {TopicNotFound} {TopicPaused}, and the store's own errors. */
  async go(): Promise<void> {
    let races = 0;
    for (;;) {
      const topic = await this.#openTopic();
      const memoryBytes = this.shards.length * SHARD_MEMORY_BYTES;
      const step = await this.engine.budget.receiving(memoryBytes, () => this.#step(topic));
      if (step === "over") return;
      races = step === "raced" ? races + 1 : 0;
      if (races > RACES_AT_MOST || this.engine.clock.nowMs() > this.untilMs)
        throw new Conflict("moving messages out of the outbox");
      if (races > 0) await backOff(this.engine, races);
    }
  }

  /** Its messages wait while it is paused, or is not there. */
  async #openTopic(): Promise<Topic> {
    const topic = await findTopic(this.engine, this.topicName);
    if (publishIsPaused(topic)) throw new TopicPaused(this.topicName);
    return topic;
  }

  /** Moves the oldest messages of each shard. `raced`: another relay has taken some of them. */
  async #step(topic: Topic): Promise<"over" | "more" | "raced"> {
    const pages = await Promise.all(this.shards.map((shard) => this.engine.outbox.oldest(shard)));
    const messages = pages.flatMap((page) => page.messages);
    const { moved, hasRaced } = await moveMessages(this.engine, topic, messages);
    this.moved += moved;
    if (hasRaced) return "raced";
    // What only a newer release can read stays, and what lies behind a page of it waits too.
    return moved > 0 && pages.some(({ more }) => more) ? "more" : "over";
  }
}

/** The shards of which a repeat may move more: the others wait for an operator. */
export const failedIn = (relayed: readonly Relayed[]): readonly OutboxShard[] =>
  relayed.flatMap(({ waiting, shards }) => (waiting === "failed" ? shards : []));
