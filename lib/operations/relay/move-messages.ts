import type { Beside } from "../../domain/beside.js";
import { InvalidRequest, SluiceError } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import { type OutboxMessage, outboxMessageId, outboxShardKey } from "../../domain/outbox.js";
import { type Topic, partitionFor } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { appendBeside } from "../log/append.js";
import { bodyFaults, tellRefused } from "../publish/body-faults.js";
import { choosing } from "../publish/append-messages.js";

/** A transaction takes 4 MB; whether that counts what it deletes is not said. */
const BYTES_AT_MOST = 3 * 1_024 * 1_024;

const KEY_REQUIRED = 'key is required: the topic\'s ordering is "key"';

export interface Moved {
  /** Messages that went into the log, or were refused. */
  readonly moved: number;
  /** Whether another relay has taken some of the others, or there was no time to check them: look again. */
  readonly hasRaced: boolean;
}

type Readable = OutboxMessage & { readonly content: MessageContent };

interface Refusal {
  readonly message: OutboxMessage;
  readonly why: string;
}

/**
 * Moves messages, given in the order of their keys' messages, into the log: in few transactions, each of which takes
 * away what it puts. What the topic refuses is put aside with the reason, so that it is neither lost nor in the way.
 * Where that fails, the others are moved all the same.
 * @throws the store's own error, if the outcome of one of them is not known, or may be another one later
 */
export async function moveMessages(
  engine: Engine,
  topic: Topic,
  messages: readonly OutboxMessage[],
): Promise<Moved> {
  const refusals = new Map<number, Refusal[]>();
  const chains = new Map<number | undefined, Readable[]>();
  const ready = messages.filter(({ isTooNew }) => !isTooNew);
  const { unfit, unchecked } = await checkedBySchema(engine, topic, ready);
  for (const message of ready) {
    if (unchecked.has(message)) continue;
    const why = faultOf(topic, message) ?? unfit.get(message);
    if (why !== undefined) add(refusals, message.shard, { message, why });
    else add(chains, partitionFor(topic, message.content?.key), message as Readable);
  }
  const outcomes = await Promise.allSettled([
    ...[...chains].map(([partition, chain]) => moveChain(engine, topic, partition, chain)),
    ...[...refusals.values()].map((those) => refuseAll(engine, those)),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
  const all = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  return {
    moved: all.reduce((sum, one) => sum + one.moved, 0),
    hasRaced: unchecked.size > 0 || all.some(({ hasRaced }) => hasRaced),
  };
}

const faultOf = ({ ordering }: Topic, { content, fault }: OutboxMessage): string | undefined =>
  ordering === "key" && content && content.key === undefined ? KEY_REQUIRED : fault;

interface Checked {
  /** What is wrong with their bodies by the topic's schema. */
  readonly unfit: ReadonlyMap<OutboxMessage, string>;
  /** Those that there was no time for: the last ones, so nothing overtakes them. They stay where they are. */
  readonly unchecked: ReadonlySet<OutboxMessage>;
}

async function checkedBySchema(
  engine: Engine,
  topic: Topic,
  messages: readonly OutboxMessage[],
): Promise<Checked> {
  const readable = messages.filter((message): message is Readable => message.content !== undefined);
  const faults = await bodyFaults(
    engine,
    topic,
    readable.map(({ content }) => content),
  );
  tellRefused(engine, topic, faults);
  const [unfit, unchecked] = [new Map<OutboxMessage, string>(), new Set<OutboxMessage>()];
  readable.forEach((message, at) => {
    const fault = faults[at];
    if (fault instanceof InvalidRequest) unfit.set(message, fault.message);
    else if (fault) unchecked.add(message);
  });
  return { unfit, unchecked };
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(value);
}

async function refuse({ outbox, clock, telemetry }: Engine, message: OutboxMessage, why: string) {
  if ((await outbox.refuse(message, why, clock.nowMs())) === "gone") return 0;
  const fields = { topic: message.topic, id: outboxMessageId(message), why };
  telemetry.event("outbox-message-refused", "error", fields);
  return 1;
}

/** One shard's, one after the other: there may be many. One that fails holds up none of the others. */
async function refuseAll(engine: Engine, refusals: readonly Refusal[]): Promise<Moved> {
  let moved = 0;
  const errors: unknown[] = [];
  for (const { message, why } of refusals) {
    try {
      moved += await refuse(engine, message, why);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return { moved, hasRaced: false };
}

/**
 * The messages of one partition, or those that may go to any, by their times. The first batch that fails ends it: the
 * others would overtake it.
 */
async function moveChain(
  engine: Engine,
  topic: Topic,
  partition: number | undefined,
  chain: readonly Readable[],
): Promise<Moved> {
  let moved = 0;
  for (const batch of batchesOf([...chain].sort(byName), engine.settings.relayedTogether)) {
    const outcome = await moveBatch(engine, topic, partition, batch);
    moved += outcome.moved;
    if (outcome.hasRaced) return { moved, hasRaced: true };
  }
  return { moved, hasRaced: false };
}

const byName = (one: OutboxMessage, other: OutboxMessage): number => (one.name < other.name ? -1 : 1);

function batchesOf(chain: readonly Readable[], atMost: number): readonly (readonly Readable[])[] {
  const batches: Readable[][] = [];
  let bytes = 0;
  for (const message of chain) {
    const last = batches.at(-1);
    bytes += message.sizeBytes;
    if (last && last.length < atMost && bytes <= BYTES_AT_MOST) last.push(message);
    else {
      batches.push([message]);
      bytes = message.sizeBytes;
    }
  }
  return batches;
}

/** Of a batch that is refused for good, each half goes by itself: a message fails only by its own fault. */
async function moveBatch(
  engine: Engine,
  topic: Topic,
  partition: number | undefined,
  batch: readonly Readable[],
): Promise<Moved> {
  try {
    const contents = batch.map((message) => ({ ...message.content, givenId: outboxMessageId(message) }));
    const choose = choosing(engine, topic, partition, contents.length);
    const outcome = await appendBeside(engine, topic, contents, choose, batch.map(takeOf));
    return outcome.kind === "refused"
      ? { moved: 0, hasRaced: true }
      : { moved: batch.length, hasRaced: false };
  } catch (error) {
    if (!(error instanceof SluiceError) || error.retryAfterMs !== undefined) throw error;
    const [first] = batch;
    if (batch.length === 1 && first)
      return { moved: await refuse(engine, first, error.message), hasRaced: false };
    const half = Math.ceil(batch.length / 2);
    const one = await moveBatch(engine, topic, partition, batch.slice(0, half));
    if (one.hasRaced) return one;
    const other = await moveBatch(engine, topic, partition, batch.slice(half));
    return { moved: one.moved + other.moved, hasRaced: other.hasRaced };
  }
}

const takeOf = (message: OutboxMessage): Beside => ({
  kind: "take",
  from: "outbox",
  group: outboxShardKey(message),
  place: message.name,
});
