import { Conflict } from "../../domain/errors.js";
import type { Reader } from "../../domain/reader.js";
import type { Ending } from "../../domain/redrive-job.js";
import {
  type ReplayJob,
  endedReplay,
  rangesFrom,
  replayAfterStep,
  replayStartsMs,
  replayedAtOnce,
} from "../../domain/replay-job.js";
import type { Offset } from "../../domain/slot.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { announced } from "../log/announce.js";
import { findAgain } from "../lookup.js";
import { memoryBytesFor, messageBytesIn } from "../memory-budget.js";
import { type OpenOffsets, openOffsets } from "./open-offsets.js";
import { JobLost, PartitionFull, lookAtOnce } from "./send-again.js";
import { type Placed, deadAmong, placedAnywhere, placedByKey, withOthers } from "./place-replayed.js";
import { type Reached, type Stretch, readStretch } from "./stretch.js";
import type { WorkOptions, Worked } from "./work-on-job.js";

const ATTEMPTS = 8;
/** A read that moves nothing is saved so often, so that its progress is seen, and a cancelled job ends. */
const SAVE_EVERY_MS = 1_000;
/** Where so much waits that no more should, it looks again then. */
const FULL_FOR_MS = 2_000;
/** What a stretch may open. */
const OPENED_BYTES = 8 * 1_024 * 1_024;

/**
 * Goes on with a replay that is running. Each move puts messages into a record of those that wait, and notes in the
 * job how far it came, in one transaction: so each comes again by it once, whoever else works on it, and no step goes
 * through once it is cancelled.
 */
export async function workOnReplay(
  engine: Engine,
  reader: Reader,
  job: ReplayJob,
  options: WorkOptions,
): Promise<Worked<ReplayJob>> {
  const work = new ReplayWork(engine, reader, job, options);
  try {
    return await announced(engine, reader.topic, () => work.run());
  } catch (error) {
    if (error instanceof JobLost) return { kind: "lost" };
    throw error;
  } finally {
    await tellReplayed(engine, reader, work.moved);
  }
}

async function tellReplayed(engine: Engine, reader: Reader, messages: number): Promise<void> {
  if (messages === 0) return;
  const fields = { topic: reader.topic.name, subscription: reader.subscription.name, messages };
  engine.telemetry.event("messages-replayed", "info", fields);
  await lookAtOnce(engine, reader);
}

/** The job as it would be by then if nothing else happened, without changing anything. */
export async function wouldReplay(
  engine: Engine,
  reader: Reader,
  { ratePerSecond: _, ...job }: ReplayJob,
  untilMs: number,
): Promise<ReplayJob> {
  return await new ReplayWork(engine, reader, job, { untilMs, isLenient: true }).dry();
}

/** Ends a replay, unless it has changed meanwhile. */
export async function endReplay(
  engine: Engine,
  { subscription }: Pick<Reader, "subscription">,
  job: ReplayJob,
  ending: Omit<Ending, "endedAtMs" | "expiresAtMs">,
): Promise<ReplayJob | undefined> {
  const endedAtMs = engine.clock.nowMs();
  const expiresAtMs = endedAtMs + subscription.deadLetter.retentionSeconds * 1_000;
  const ended = endedReplay(job, { ...ending, endedAtMs, expiresAtMs });
  if ((await engine.replayJobs.end(subscription, ended)) === "conflict") return undefined;
  const { id, state, counts } = ended;
  const fields = { topic: subscription.topic.name, subscription: subscription.name, job: id, state };
  engine.telemetry.event("replay-ended", "info", { ...fields, ...counts });
  return ended;
}

class ReplayWork {
  moved = 0;
  #savedAtMs: number;
  #isSaved = true;
  #open: OpenOffsets | undefined;

  constructor(
    private readonly engine: Engine,
    private reader: Reader,
    private job: ReplayJob,
    private readonly options: WorkOptions,
  ) {
    this.#savedAtMs = engine.clock.nowMs();
  }

  async run(): Promise<Worked<ReplayJob>> {
    try {
      return await this.#run();
    } catch (error) {
      if (!(error instanceof PartitionFull)) throw error;
      return await this.#again(this.engine.clock.nowMs() + FULL_FOR_MS);
    }
  }

  /** One look is always made. */
  async dry(): Promise<ReplayJob> {
    const { engine, options } = this;
    for (let isFirst = true; this.job.ranges.length > 0; isFirst = false) {
      if (!isFirst && engine.clock.nowMs() >= options.untilMs) break;
      const stretch = await this.#read();
      const dead = await deadAmong(engine, this.reader, this.#partition, stretch.candidates);
      this.#passed((await this.#placedDry(stretch, dead)).reached);
    }
    return this.job;
  }

  async #run(): Promise<Worked<ReplayJob>> {
    const { engine, options } = this;
    while (engine.clock.nowMs() < options.untilMs) {
      this.reader = await findAgain(engine, this.reader);
      if (this.reader.subscription.epoch !== this.job.epoch) return await this.#end(SOUGHT);
      if (this.job.ranges.length === 0) return await this.#end({ state: "done" });
      const nowMs = engine.clock.nowMs();
      const startsMs = replayStartsMs(this.job, nowMs);
      if (startsMs >= options.untilMs) return await this.#again(startsMs);
      if (startsMs > nowMs) await engine.clock.sleep(startsMs - nowMs);
      const stretch = await this.#read();
      if (stretch.candidates.length > 0) await this.#step(stretch);
      else this.#passed(stretch);
      if (engine.clock.nowMs() - this.#savedAtMs >= SAVE_EVERY_MS) await this.#save();
    }
    return await this.#again(engine.clock.nowMs());
  }

  async #read(): Promise<Stretch> {
    const { engine, reader, job, options } = this;
    const [range] = job.ranges;
    if (!range) throw new Error("a replay without a range is over");
    const request = {
      ...{ selection: job.selection, range, limit: replayedAtOnce(job) },
      ...{ untilMs: options.untilMs, isLenient: options.isLenient ?? false },
    };
    const bytes = memoryBytesFor(Math.min(OPENED_BYTES, messageBytesIn(engine.budget.limitBytes)));
    return await engine.budget.receiving(bytes, () => readStretch(engine, reader, request));
  }

  get #partition(): number {
    return this.job.ranges[0]?.partition ?? 0;
  }

  /** What has no room now would come later. */
  async #placedDry(stretch: Stretch, dead: ReadonlySet<Offset>): Promise<Placed> {
    try {
      return await this.#placed(stretch, dead);
    } catch (error) {
      if (!(error instanceof PartitionFull)) throw error;
      return { reached: withOthers(stretch, stretch.candidates, { dead, underWay: new Set() }) };
    }
  }

  #passed({ counts, next, reachedMs }: Reached): void {
    const reached = reachedMs === undefined ? {} : { reachedMs };
    const step = { counts, ranges: rangesFrom(this.job.ranges, next), ...reached };
    this.job = replayAfterStep(this.job, step, this.engine.clock.nowMs());
    this.#isSaved = false;
  }

  /** @throws {JobLost} {PartitionFull} {Conflict} */
  async #step(stretch: Stretch): Promise<void> {
    const { engine, reader } = this;
    const dead = await deadAmong(engine, reader, this.#partition, stretch.candidates);
    for (let attempt = 1; ; attempt++) {
      const placed = await this.#placed(stretch, dead);
      const before = this.job;
      this.#passed(placed.reached);
      if (!placed.move) return;
      const job = { ...this.job, version: before.version + 1 };
      if ((await engine.progress.move(reader.subscription, { ...placed.move, job })) === "moved") {
        this.moved += placed.reached.counts.moved;
        this.job = job;
        this.#isSaved = true;
        this.#savedAtMs = engine.clock.nowMs();
        return;
      }
      this.job = before;
      await this.#checkJob();
      if (attempt >= ATTEMPTS) throw new Conflict("replaying");
      await backOff(engine, attempt);
    }
  }

  /** Read once for each slice of work, since what is over stays so; but anew where a redrive may send it again. */
  async #placed(stretch: Stretch, dead: ReadonlySet<Offset>): Promise<Placed> {
    const { engine, reader, job } = this;
    if (dead.size > 0) this.#open = undefined;
    if (reader.topic.ordering === "key") return await placedByKey(engine, reader, job, { stretch, dead });
    const open = this.#open ?? (await openOffsets(engine, reader.subscription));
    if (open === "too-many") throw new PartitionFull();
    this.#open = open;
    return placedAnywhere(engine, reader, job, { stretch, dead, open });
  }

  /** @throws {JobLost} */
  async #checkJob(): Promise<void> {
    const stored = await this.engine.replayJobs.running(this.reader.subscription);
    if (stored?.id !== this.job.id || stored.version !== this.job.version) throw new JobLost();
  }

  async #again(atMs: number): Promise<Worked<ReplayJob>> {
    await this.#save();
    return { kind: "again", job: this.job, atMs };
  }

  /** @throws {JobLost} */
  async #save(): Promise<void> {
    if (this.#isSaved) return;
    const next = { ...this.job, version: this.job.version + 1 };
    if ((await this.engine.replayJobs.save(this.reader.subscription, next)) === "conflict")
      throw new JobLost();
    this.job = next;
    this.#isSaved = true;
    this.#savedAtMs = this.engine.clock.nowMs();
  }

  async #end(ending: Parameters<typeof endReplay>[3]): Promise<Worked<ReplayJob>> {
    const ended = await endReplay(this.engine, this.reader, this.job, ending);
    return ended ? { kind: "ended", job: ended } : { kind: "lost" };
  }
}

const SOUGHT = {
  state: "failed",
  error: "the subscription was sought meanwhile: its place is another one",
} as const;
