import { type Replay, type Replayed, replayMove } from "../../domain/moves/replay.js";
import type { Failure } from "../../domain/progress/failures.js";
import type { Move } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import { NOTHING_READ, type ReplayJob, addedCounts } from "../../domain/replay-job.js";
import type { Offset } from "../../domain/slot.js";
import { cursorIn } from "../consume/known-cursors.js";
import type { Engine } from "../engine.js";
import type { OpenOffsets } from "./open-offsets.js";
import { replayFront } from "./replay-front.js";
import { PartitionFull } from "./send-again.js";
import type { Candidate, Reached, Stretch } from "./stretch.js";

/** The move by which messages come again, if any does, and how far the range is read with it. */
export interface Placed {
  readonly reached: Reached;
  readonly move?: Move;
}

/** Of some candidates, those that cannot come again, or need not. */
interface Others {
  readonly dead: ReadonlySet<Offset>;
  readonly underWay: ReadonlySet<Offset>;
}

interface Placing {
  readonly stretch: Stretch;
  readonly dead: ReadonlySet<Offset>;
}

/** In a partition without ordering: all of them, in one record. */
export function placedAnywhere(
  engine: Engine,
  reader: Reader,
  job: ReplayJob,
  { stretch, dead, open }: Placing & { readonly open: OpenOffsets },
): Placed {
  const replay = replayOf(engine, reader, job);
  const { candidates } = stretch;
  const offsets = candidates.map(({ message }) => message.offset);
  const underWay = new Set(offsets.filter((offset) => open.has(replay.partition, offset)));
  const messages = movable(candidates, { dead, underWay });
  const reached = withOthers(stretch, candidates, { dead, underWay });
  return messages.length === 0 ? { reached } : { reached, move: replayMove({ ...replay, messages }) };
}

/** With ordering: as many as have room beside what waits of their keys. @throws {PartitionFull} if none has */
export async function placedByKey(
  engine: Engine,
  reader: Reader,
  job: ReplayJob,
  { stretch, dead }: Placing,
): Promise<Placed> {
  const { subscription } = reader;
  const replay = replayOf(engine, reader, job);
  const stored = await engine.progress.cursor(subscription, replay.partition);
  const cursor = cursorIn(subscription, replay.partition, stored);
  const alive = stretch.candidates.filter(({ message }) => !dead.has(message.offset));
  const { candidates, underWay, front } = await replayFront(engine, subscription, cursor, alive);
  const last = candidates.at(-1);
  if (!last && alive.length > 0) throw new PartitionFull();
  const end: Reached = !last || candidates.length === alive.length ? stretch : last;
  const passed = stretch.candidates.filter(({ message }) => message.offset < end.next.head);
  const messages = movable(candidates, { dead, underWay });
  const reached = withOthers(end, passed, { dead, underWay });
  return messages.length === 0 ? { reached } : { reached, move: replayMove({ ...replay, messages, front }) };
}

/** Those that are dead letters in this life of the subscription: a redrive sends them again. */
export async function deadAmong(
  { deadLetters, clock }: Engine,
  { subscription }: Reader,
  partition: number,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<Offset>> {
  const nowMs = clock.nowMs();
  if (candidates.length === 0 || (await deadLetters.count(subscription, nowMs)) === 0) return new Set();
  const start = subscription.startingPlaces[partition]?.head ?? 0;
  const dead = await Promise.all(
    candidates.map(async ({ message: { id, offset } }) => {
      const letter = await deadLetters.get(subscription, id);
      if (!letter || letter.expiresAtMs <= nowMs) return [];
      // One of before a seek that went back behind it has come again since.
      return letter.epoch >= subscription.epoch || offset < start ? [offset] : [];
    }),
  );
  return new Set(dead.flat());
}

/** How far the range is read, with what became of those in it that match. */
export function withOthers(
  { counts, next, reachedMs }: Reached,
  passed: readonly Candidate[],
  { dead, underWay }: Others,
): Reached {
  const offsets = passed.map(({ message }) => message.offset);
  const others = {
    dead: offsets.filter((offset) => dead.has(offset)).length,
    underWay: offsets.filter((offset) => underWay.has(offset)).length,
  };
  const moved = offsets.length - others.dead - others.underWay;
  return {
    counts: addedCounts(counts, { ...NOTHING_READ, ...others, moved }),
    next,
    ...(reachedMs === undefined ? {} : { reachedMs }),
  };
}

const movable = (candidates: readonly Candidate[], { dead, underWay }: Others): readonly Replayed[] =>
  candidates.map(({ message }) => message).filter(({ offset }) => !dead.has(offset) && !underWay.has(offset));

const replayOf = (
  { clock, random }: Engine,
  { subscription }: Reader,
  job: ReplayJob,
): Omit<Replay, "messages" | "front"> => ({
  partition: job.ranges[0]?.partition ?? 0,
  epoch: subscription.epoch,
  origin: originOf(job),
  making: { nowMs: clock.nowMs(), nonce: () => random.nonce() },
});

const originOf = ({ id, startedAtMs }: ReplayJob): Failure => ({
  ...{ kind: "replayed", atMs: startedAtMs, attempt: 0 },
  error: `replay ${id}`,
});
