import type { AppendOutcome, Refusal } from "../../domain/append-outcome.js";
import type { Beside } from "../../domain/beside.js";
import { Throttled } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { MessageContent } from "../../domain/message.js";
import type { AppendOptions } from "../../domain/ports/log-store.js";
import type { Slot } from "../../domain/slot.js";
import type { Topic } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { type ChoosePartition, type PlacedSlot, Placing } from "./placing.js";

/** With the pauses between races for one partition, this many attempts fit into an API request's 29 s. */
export const APPEND_ATTEMPTS = 40;
export const LOST_EVERY_RACE_RETRY_MS = 500;

export interface Appended {
  readonly kind: "appended";
  readonly partition: number;
  readonly slot: Slot;
  /** Races lost before it succeeded. */
  readonly losses: number;
}

/** Nothing was stored, because these of the changes beside it were not allowed. */
export interface Refused {
  readonly kind: "refused";
  readonly refusals: readonly Refusal[];
}

/** The changes beside a slot, where they say what it is, or where. Each attempt may have another place. */
export type BesideOf = (partition: number, slot: Slot) => readonly Beside[];

/**
 * Stores `messages` as one slot at exactly the next offset of the partition that `choose` returns.
 * @throws {Throttled} if it lost every race.
 * @throws {StorageUnavailable} if it is not known whether the slot was stored.
 */
export async function append(
  engine: Engine,
  topic: Topic,
  messages: readonly MessageContent[],
  choose: ChoosePartition,
): Promise<Appended> {
  const outcome = await appendBeside(engine, topic, messages, choose, []);
  invariant(outcome.kind === "appended", "nothing beside an append, nothing that refuses it");
  return outcome;
}

/** Like `append`, in one transaction with changes beside the log: all or nothing. */
export async function appendBeside(
  engine: Engine,
  topic: Topic,
  messages: readonly MessageContent[],
  choose: ChoosePartition,
  beside: readonly Beside[] | BesideOf,
): Promise<Appended | Refused> {
  const placing = await Placing.of(engine, topic, messages, choose);
  placing.begin();
  try {
    return await appendAt(engine, topic, placing, beside);
  } finally {
    placing.end();
  }
}

async function appendAt(
  engine: Engine,
  topic: Topic,
  placing: Placing,
  beside: readonly Beside[] | BesideOf,
): Promise<Appended | Refused> {
  for (let attempt = 1; attempt <= APPEND_ATTEMPTS; attempt++) {
    // A key has only one partition, so a random pause decides who is next.
    if (attempt > 1 && !placing.hasHopped) await backOff(engine, attempt - 1);
    const placed = await placing.place(placing.hasHopped || placing.losses > 1);
    if (!placed) continue;
    const outcome = await put(engine, placing, placed, beside);
    if (outcome.kind === "refused") return outcome;
    if (outcome.kind === "stored") {
      await placing.stored(placed);
      const { partition, slot } = placed;
      return { kind: "appended", partition: partition.partition, slot, losses: placing.losses };
    }
    placing.end();
    placing.beaten(outcome);
    placing.begin();
  }
  throw new Throttled(`append to topic ${topic.name}`, LOST_EVERY_RACE_RETRY_MS);
}

async function put(
  engine: Engine,
  placing: Placing,
  { partition, slot, anchorVersion }: PlacedSlot,
  beside: readonly Beside[] | BesideOf,
): Promise<AppendOutcome> {
  const changes = typeof beside === "function" ? beside(partition.partition, slot) : beside;
  try {
    return await engine.log.append(partition, slot, optionsOf(anchorVersion, changes));
  } catch (error) {
    placing.forget();
    throw error;
  }
}

/** undefined for a plain put, which costs half of a transaction. */
function optionsOf(anchorVersion: number | undefined, beside: readonly Beside[]): AppendOptions | undefined {
  if (anchorVersion === undefined && beside.length === 0) return undefined;
  return { beside, ...(anchorVersion === undefined ? {} : { anchorVersion }) };
}
