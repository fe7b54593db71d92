import type { z } from "zod";
import type { ReplayAnswer, ReplayBody, ReplayJobAnswer, ReplayJobList } from "../http/contracts/replay.js";
import { type Send, checkedId, queryOf } from "./send.js";
import type { PageOptions } from "./types.js";

/** What a replay delivers again: the messages between two places of the log that match all that is given. */
export type ReplayInput = Omit<z.input<typeof ReplayBody>, "dryRun">;
export type ReplayJob = z.output<typeof ReplayJobAnswer>;
export type ReplayJobPage = z.output<typeof ReplayJobList>;
/** What a replay would do. */
export type WouldReplay = Exclude<z.output<typeof ReplayAnswer>, { job: unknown }>;

/** The replays of one subscription: jobs that deliver messages of the log again, to it only. */
export class Replays {
  constructor(private readonly send: Send) {}

  /**
   * Starts one. It goes on by itself; a small one is done with the response.
   * @throws {SluiceProblem} `replay-running` if another replay of the subscription is running
   */
  async start(input: ReplayInput): Promise<ReplayJob> {
    return ((await this.send("POST", "", input)).value as { job: ReplayJob }).job;
  }

  /** Tells what one would deliver again, as far as one request looks (`isAll`), and changes nothing. */
  async dryRun(input: ReplayInput): Promise<WouldReplay> {
    return (await this.send("POST", "", { ...input, dryRun: true })).value as WouldReplay;
  }

  /** The one that is running, if there is one, then those that are over. */
  async jobs(options: PageOptions = {}): Promise<ReplayJobPage> {
    return (await this.send("GET", `/jobs${queryOf(options)}`)).value as ReplayJobPage;
  }

  /** How far one has come. */
  async job(id: string): Promise<ReplayJob> {
    return (await this.send("GET", `/jobs/${checkedId(id)}`)).value as ReplayJob;
  }

  /** Cancels one, and returns it as it is then. What it has delivered again stays so. */
  async cancelJob(id: string): Promise<ReplayJob> {
    return (await this.send("DELETE", `/jobs/${checkedId(id)}`)).value as ReplayJob;
  }
}
