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

/** What goes into one partition: the messages of a chain first, then what has to wait for refusals. */
interface Chain {
  readonly messages: Readable[];
  /** Behind a message of their key that is put aside. */
  readonly behind: Readable[];
}

/**
 * Moves messages, given in the order of their keys' messages, into the log: in few transactions, each of which takes
 * away what it puts. What the topic refuses is put aside with the reason, so that it is neither lost nor in the way.
 * Where that fails, the others are moved all the same, but for later ones of its key in a topic with ordering: the next
 * look may find a schema that takes it.
 * @throws the store's own error, if the outcome of one of them is not known, or may be another one later
 */
export async function moveMessages(
  engine: Engine,
  topic: Topic,
  messages: readonly OutboxMessage[],
): Promise<Moved> {
  const ready = messages.filter(({ isTooNew }) => !isTooNew);
  const { unfit, unchecked } = await checkedBySchema(engine, topic, ready);
  const { refusals, chains } = divided(
    topic,
    ready.filter((message) => !unchecked.has(message)),
    unfit,
  );
  const refusing = [...refusals.values()].map((those) => refuseAll(engine, those));
  const refused = Promise.all(refusing);
  const outcomes = await Promise.allSettled([
    ...[...chains].map(([partition, chain]) => moveWhole(engine, topic, partition, chain, refused)),
    ...refusing.map(async (one) => {
      const { moved, failures } = await one;
      if (failures.size > 0) throw [...failures.values()][0];
      return { moved, hasRaced: false };
    }),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
  const all = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  return {
    moved: all.reduce((sum, one) => sum + one.moved, 0),
    hasRaced: unchecked.size > 0 || all.some(({ hasRaced }) => hasRaced),
  };
}

/** What is put aside, by shard, and what goes where. */
function divided(
  topic: Topic,
  messages: readonly OutboxMessage[],
  unfit: ReadonlyMap<OutboxMessage, string>,
) {
  const refusals = new Map<number, Refusal[]>();
  const chains = new Map<number | undefined, Chain>();
  const waited = new Set<string>();
  for (const message of messages) {
    const key = topic.ordering === "key" ? message.content?.key : undefined;
    const why = faultOf(topic, message) ?? unfit.get(message);
    if (why !== undefined) {
      add(refusals, message.shard, { message, why });
      if (key !== undefined) waited.add(key);
      continue;
    }
    const partition = partitionFor(topic, message.content?.key);
    const chain = chains.get(partition) ?? { messages: [], behind: [] };
    chains.set(partition, chain);
    chain[key !== undefined && waited.has(key) ? "behind" : "messages"].push(message as Readable);
  }
  return { refusals, chains };
}

/** Where the first part fails or races, the second one would overtake it. */
async function moveWhole(
  engine: Engine,
  topic: Topic,
  partition: number | undefined,
  { messages, behind }: Chain,
  refused: Promise<readonly Refused[]>,
): Promise<Moved> {
  const first = await moveChain(engine, topic, partition, messages);
  if (behind.length === 0 || first.hasRaced) return first;
  const failures = (await refused).flatMap((one) => [...one.failures.keys()]);
  const held = new Set(failures.map(({ content }) => content?.key));
  const rest = behind.filter(({ content }) => !held.has(content.key));
  const second = await moveChain(engine, topic, partition, rest);
  return { moved: first.moved + second.moved, hasRaced: second.hasRaced };
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

interface Refused {
  readonly moved: number;
  /** What is still where it was, and why. */
  readonly failures: ReadonlyMap<OutboxMessage, unknown>;
}

/** One shard's, one after the other: there may be many. One that fails holds up none of the others. */
async function refuseAll(engine: Engine, refusals: readonly Refusal[]): Promise<Refused> {
  let moved = 0;
  const failures = new Map<OutboxMessage, unknown>();
  for (const { message, why } of refusals) {
    try {
      moved += await refuse(engine, message, why);
    } catch (error) {
      failures.set(message, error);
    }
  }
  return { moved, failures };
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
