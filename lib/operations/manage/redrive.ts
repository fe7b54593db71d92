import type { DeadLetterEntry } from "../../domain/dead-letter.js";
import type { JobSelection } from "../../domain/redrive-job.js";
import type { Engine } from "../engine.js";
import { announced } from "../log/announce.js";
import { findSubscription } from "../lookup.js";
import { checkFilter } from "./check-filter.js";
import type { Mend } from "../redrive/mend.js";
import { selectedPage } from "../redrive/selected.js";
import { type Refused, SendAgain, tellSentAgain } from "../redrive/send-again.js";

/** Some dead letters, or one with another content. */
export type RedriveWhich =
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  | { readonly kind: "mended"; readonly id: string; readonly mend: Mend };

export interface RedriveOptions {
  /** Only tells what it would do. */
  readonly dryRun?: boolean;
  /** Who asks for it. */
  readonly by?: string;
}

export interface Redriven {
  readonly moved: number;
  /** Those that cannot be sent again, with the reason. They stay as they are. */
  readonly refused: readonly Refused[];
}

/** What a job would do, as far as one request looks. */
export interface WouldRedrive extends Redriven {
  /** How many dead letters there are, and how many of them were looked at. */
  readonly total: number;
  readonly examined: number;
  /** Some of those that would be sent again. */
  readonly sample: readonly DeadLetterEntry[];
  /** Set if it did not look at all of them: where the next request goes on. */
  readonly nextCursor?: string;
}

/** A dry run looks for so long, and at so many. */
const LOOK_MS = 5_000;
const LOOKED_AT_MOST = 1_000;
const LOOKED_AT_ONCE = 20;
const SAMPLE = 10;

/**
 * Sends up to a request's dead letters again, and tells of each. With `dryRun` it only tells what it would do.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 */
export async function redrive(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  which: RedriveWhich,
  { dryRun = false, by }: RedriveOptions = {},
): Promise<Redriven> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const mend = which.kind === "mended" ? { mend: which.mend } : {};
  const ids = which.kind === "mended" ? [which.id] : [...new Set(which.ids)];
  const sending = new SendAgain(engine, reader, { dryRun, ...mend, ...(by === undefined ? {} : { by }) });
  if (dryRun) await sending.ids(ids);
  else {
    await announced(engine, reader.topic, () => sending.ids(ids));
    await tellSentAgain(engine, reader, sending.moved);
  }
  const { moved, refused } = sending;
  return { moved, refused };
}

/**
 * Tells what a job would send again, without changing anything. It stops where its time or its limit is over.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 * @throws {InvalidRequest} for a filter or a cursor that is not valid
 */
export async function wouldRedrive(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  selection: Exclude<JobSelection, { readonly kind: "ids" }>,
  from?: string,
): Promise<WouldRedrive> {
  const { clock, deadLetters } = engine;
  if (selection.kind === "filter") checkFilter(selection.filter);
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const beganMs = clock.nowMs();
  const total = await deadLetters.count(reader.subscription, beganMs);
  const trying = new SendAgain(engine, reader, { dryRun: true });
  const sample: DeadLetterEntry[] = [];
  let examined = 0;
  let cursor = from;
  do {
    const request = { selection, untilMs: beganMs, limit: LOOKED_AT_ONCE, cursor, isLenient: true };
    const { looked, selected, refused, next } = await selectedPage(engine, reader, request);
    for (const { id, error } of refused) trying.refuse(id, error);
    const refusedBefore = trying.refused.length;
    await trying.some(selected);
    const cannot = new Set(trying.refused.slice(refusedBefore).map(({ id }) => id));
    sample.push(...selected.filter(({ id }) => !cannot.has(id)).slice(0, SAMPLE - sample.length));
    examined += looked;
    cursor = next;
  } while (cursor !== undefined && examined < LOOKED_AT_MOST && clock.nowMs() < beganMs + LOOK_MS);
  const { moved, refused } = trying;
  return { moved, refused, total, examined, sample, ...(cursor === undefined ? {} : { nextCursor: cursor }) };
}
