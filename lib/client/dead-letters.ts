import type { z } from "zod";
import { isJson } from "../domain/message.js";
import type {
  DeadLetterAnswer,
  DeadLetterHistory,
  DeadLetterList,
  DeadLetterQuery,
  PurgeAnswer,
  RedriveAnswer,
  RedriveBody,
  RedriveJobAnswer,
  RedriveJobList,
} from "../http/contracts/dead-letter.js";
import { bodyText } from "./json-text.js";
import { type Send, checkedId, queryOf } from "./send.js";
import type { PageOptions } from "./types.js";

export type DeadLetterListOptions = Partial<z.output<typeof DeadLetterQuery>>;
export type DeadLetterPage = z.output<typeof DeadLetterList>;
export type DeadLetterEntry = DeadLetterPage["items"][number];
export type DeadLetter = z.output<typeof DeadLetterAnswer> & {
  /** A JSON `body` as its publisher wrote it, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};
/** An attempt of a message that failed. */
export type FailedAttempt = NonNullable<DeadLetter["attempts"]>[number];
/** How the dead letters of a message were ended, the earliest first. */
export type DeadLetterActs = z.output<typeof DeadLetterHistory>["items"];
export type RedriveInput = z.input<typeof RedriveBody>;
/** What was sent again, or with `dryRun` would be. */
export type RedriveResult = Exclude<z.output<typeof RedriveAnswer>, { job: unknown }>;
export type RedriveJob = z.output<typeof RedriveJobAnswer>;
export type RedriveJobPage = z.output<typeof RedriveJobList>;
/** Dead letters by their ids, with another content or not; or a dry run. */
export type RedriveNow = RedriveInput &
  ({ readonly ids: string[]; readonly ratePerSecond?: undefined } | { readonly dryRun: true });
/** What a job sends again. */
export type RedriveSelection = Pick<RedriveInput, "ids" | "all" | "filter" | "ratePerSecond">;
export type PurgeResult = z.output<typeof PurgeAnswer>;

/** The dead letters of one subscription: its messages that have no attempt left. */
export class DeadLetters {
  constructor(private readonly send: Send) {}

  /** Longest dead first, without their bodies. */
  async list(options: DeadLetterListOptions = {}): Promise<DeadLetterPage> {
    return (await this.send("GET", queryOf(options))).value as DeadLetterPage;
  }

  /** One dead letter with its body. `id`: the message's. */
  async get(id: string): Promise<DeadLetter> {
    const { value, text } = await this.send("GET", `/${checkedId(id)}`);
    const letter = value as DeadLetter;
    const body = isJson(letter.contentType) ? bodyText(text) : undefined;
    return body === undefined ? letter : { ...letter, bodyText: body };
  }

  /** What became of the dead letters of one message: who sent them again or deleted them, and when. */
  async history(id: string): Promise<DeadLetterActs> {
    const { value } = await this.send("GET", `/${checkedId(id)}/history`);
    return (value as { items: DeadLetterActs }).items;
  }

  /** Deletes one for good. */
  async delete(id: string): Promise<void> {
    await this.send("DELETE", `/${checkedId(id)}`);
  }

  /**
   * Sends dead letters again, to this subscription only, with their first attempt. Those that cannot be sent again are
   * in `refused`, and stay. With one id, `body` (or `bodyBase64`) and `attributes` replace what the message had; a
   * `JsonText` is sent as it was written. With `dryRun` it only tells what would be sent again, as far as one request
   * looks.
   */
  async redrive(which: RedriveNow): Promise<RedriveResult> {
    return (await this.send("POST", "/redrive", which)).value as RedriveResult;
  }

  /**
   * Starts a job that sends dead letters again: all, those that match a filter, or some by id at a rate. The job goes
   * on by itself; a small one is done with the response.
   * @throws {SluiceProblem} `redrive-running` if another job of the subscription is running
   */
  async startRedrive(which: RedriveSelection): Promise<RedriveJob> {
    return ((await this.send("POST", "/redrive", which)).value as { job: RedriveJob }).job;
  }

  /** The job that is running, if there is one, then those that are over. */
  async jobs(options: PageOptions = {}): Promise<RedriveJobPage> {
    return (await this.send("GET", `/jobs${queryOf(options)}`)).value as RedriveJobPage;
  }

  /** How far a job has come. */
  async job(id: string): Promise<RedriveJob> {
    return (await this.send("GET", `/jobs/${checkedId(id)}`)).value as RedriveJob;
  }

  /** Cancels a job, and returns it as it is then. What it has sent again stays sent. */
  async cancelJob(id: string): Promise<RedriveJob> {
    return (await this.send("DELETE", `/jobs/${checkedId(id)}`)).value as RedriveJob;
  }

  /** Deletes all for good, as far as one request comes: repeat it while `more`. */
  async purge(): Promise<PurgeResult> {
    return (await this.send("POST", "/purge")).value as PurgeResult;
  }
}
