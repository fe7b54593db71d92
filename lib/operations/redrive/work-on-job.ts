import type { DeadLetterEntry } from "../../domain/dead-letter.js";
import type { Reader } from "../../domain/reader.js";
import {
  type Ending,
  type JobRefusal,
  type RedriveJob,
  endedJob,
  jobAfterPage,
  lettersAtOnce,
  startAtMs,
} from "../../domain/redrive-job.js";
import type { ReplayJob } from "../../domain/replay-job.js";
import type { Engine } from "../engine.js";
import { announced } from "../log/announce.js";
import { selectedPage } from "./selected.js";
import { JobLost, PartitionFull, type Refused, SendAgain, tellSentAgain } from "./send-again.js";

/**
 * How far a job came. `again`: it has more to do from `atMs` on. `lost`: another process has changed it, and goes on
 * with it if it is not over.
 */
export type Worked<J extends RedriveJob | ReplayJob> =
  | { readonly kind: "ended"; readonly job: J }
  | { readonly kind: "again"; readonly job: J; readonly atMs: number }
  | { readonly kind: "lost" };

export interface WorkOptions {
  /** It begins no further step then, but for one after its first look. */
  readonly untilMs: number;
  /** Whether what cannot be read now is refused; otherwise that is thrown, and tried again. */
  readonly isLenient?: boolean;
}

/** A filter that matches little looks at so many between two moves. */
const LOOKED_AT_ONCE = 20;
/** A look that moves nothing is saved so often, so that its progress is seen, and a cancelled job ends. */
const SAVE_EVERY_MS = 1_000;
/** A job whose next dead letters have no room in their partition looks again then. */
const FULL_FOR_MS = 5_000;

/**
 * Goes on with a job that is running. Each move is a step of the job, in one transaction: so what was moved is counted
 * once, whoever else works on it, and no step goes through once it is cancelled.
 */
export async function workOnJob(
  engine: Engine,
  reader: Reader,
  job: RedriveJob,
  options: WorkOptions,
): Promise<Worked<RedriveJob>> {
  const work = new JobWork(engine, reader, job, options);
  try {
    return await announced(engine, reader.topic, () => work.run());
  } catch (error) {
    if (error instanceof JobLost) return { kind: "lost" };
    throw error;
  } finally {
    await tellSentAgain(engine, reader, work.moved);
  }
}

/** Ends a job, unless it has changed meanwhile. */
export async function endJob(
  engine: Engine,
  { subscription }: Pick<Reader, "subscription">,
  job: RedriveJob,
  ending: Omit<Ending, "endedAtMs" | "expiresAtMs">,
): Promise<RedriveJob | undefined> {
  const endedAtMs = engine.clock.nowMs();
  // As long as what it moved would have been kept.
  const expiresAtMs = endedAtMs + subscription.deadLetter.retentionSeconds * 1_000;
  const ended = endedJob(job, { ...ending, endedAtMs, expiresAtMs });
  if ((await engine.redriveJobs.end(subscription, ended)) === "conflict") return undefined;
  const { id, state, moved, refused, examined } = ended;
  const fields = { topic: subscription.topic.name, subscription: subscription.name, job: id, state };
  engine.telemetry.event("redrive-ended", "info", { ...fields, moved, refused, examined });
  return ended;
}

interface Page {
  readonly looked: number;
  readonly selected: readonly DeadLetterEntry[];
  readonly refused: readonly Refused[];
  /** Where the list goes on. */
  readonly next?: string;
  /** Of a selection by id: those that were looked at. */
  readonly ids?: readonly string[];
  readonly isOver: boolean;
}

class JobWork {
  moved = 0;
  #savedAtMs: number;
  #isSaved = true;
  #hasStepped = false;

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private job: RedriveJob,
    private readonly options: WorkOptions,
  ) {
    this.#savedAtMs = engine.clock.nowMs();
  }

  async run(): Promise<Worked<RedriveJob>> {
    try {
      return await this.#run();
    } catch (error) {
      if (!(error instanceof PartitionFull)) throw error;
      return await this.#again(this.engine.clock.nowMs() + FULL_FOR_MS);
    }
  }

  async #run(): Promise<Worked<RedriveJob>> {
    const { engine, options } = this;
    while (engine.clock.nowMs() < options.untilMs) {
      const page = await this.#page();
      const waitsUntilMs = await this.#send(page);
      if (waitsUntilMs !== undefined) return await this.#again(waitsUntilMs);
      if (page.isOver) return await this.#end();
      if (engine.clock.nowMs() - this.#savedAtMs >= SAVE_EVERY_MS) await this.#save();
    }
    return await this.#again(engine.clock.nowMs());
  }

  async #page(): Promise<Page> {
    const { engine, reader, job, options } = this;
    const { selection, cursor, startedAtMs } = job;
    const limit = selection.kind === "filter" ? LOOKED_AT_ONCE : lettersAtOnce(job);
    if (selection.kind !== "ids") {
      const { isLenient = false } = options;
      const request = { selection, untilMs: startedAtMs, limit, cursor, isLenient };
      const page = await selectedPage(engine, reader, request);
      return { ...page, isOver: page.next === undefined };
    }
    const ids = selection.ids.slice(0, limit);
    const finding = new SendAgain(engine, reader);
    const selected = await finding.found(ids);
    const isOver = selection.ids.length <= limit;
    return { looked: ids.length, selected, refused: finding.refused, ids, isOver };
  }

  /** Sends what the page has, at the job's rate; returns when to go on if that takes longer than there is time. */
  async #send({ looked, selected, refused, next, ids }: Page): Promise<number | undefined> {
    const { engine, reader, options } = this;
    const movedBefore = this.moved;
    const refusals: JobRefusal[] = refused.map(refusalOf);
    const limit = lettersAtOnce(this.job);
    for (let from = 0; from < selected.length; from += limit) {
      const nowMs = engine.clock.nowMs();
      const startsMs = startAtMs(this.job, nowMs);
      // A look may take longer than there is time: one step always follows it, or no look would ever bring anything.
      const isDue = startsMs <= nowMs && !this.#hasStepped;
      if (startsMs >= options.untilMs && !isDue) return startsMs;
      if (startsMs > nowMs) await engine.clock.sleep(startsMs - nowMs);
      this.#hasStepped = true;
      const sending = new SendAgain(engine, reader, { ...options, job: this.job });
      try {
        await sending.some(selected.slice(from, from + limit));
      } finally {
        this.moved += sending.moved;
        this.job = sending.job ?? this.job;
      }
      refusals.push(...sending.refused.map(refusalOf));
      if (sending.moved > 0) this.#savedAtMs = engine.clock.nowMs();
    }
    const rest = looked - (this.moved - movedBefore);
    const cursor = next === undefined ? {} : { cursor: next };
    this.job = jobAfterPage(this.job, { rest, refusals, ...cursor, ...(ids ? { ids } : {}) });
    this.#isSaved = false;
    return undefined;
  }

  async #again(atMs: number): Promise<Worked<RedriveJob>> {
    await this.#save();
    return { kind: "again", job: this.job, atMs };
  }

  /** @throws {JobLost} */
  async #save(): Promise<void> {
    if (this.#isSaved) return;
    const next = { ...this.job, version: this.job.version + 1 };
    if ((await this.engine.redriveJobs.save(this.reader.subscription, next)) === "conflict")
      throw new JobLost();
    this.job = next;
    this.#isSaved = true;
    this.#savedAtMs = this.engine.clock.nowMs();
  }

  async #end(): Promise<Worked<RedriveJob>> {
    const ended = await endJob(this.engine, this.reader, this.job, { state: "done" });
    return ended ? { kind: "ended", job: ended } : { kind: "lost" };
  }
}

const refusalOf = ({ id, error }: Refused): JobRefusal => ({ id, code: error.code });
