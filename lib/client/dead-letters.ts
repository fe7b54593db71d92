import type { z } from "zod";
import { isJson } from "../domain/message.js";
import type {
  DeadLetterAnswer,
  DeadLetterList,
  DeadLetterQuery,
  PurgeAnswer,
  RedriveAnswer,
  RedriveBody,
} from "../http/contracts/dead-letter.js";
import { bodyText } from "./json-text.js";
import { type Send, checkedId, queryOf } from "./send.js";

export type DeadLetterListOptions = Partial<z.output<typeof DeadLetterQuery>>;
export type DeadLetterPage = z.output<typeof DeadLetterList>;
export type DeadLetterEntry = DeadLetterPage["items"][number];
export type DeadLetter = z.output<typeof DeadLetterAnswer> & {
  /** A JSON `body` as its publisher wrote it, including digits that a JavaScript number cannot hold. */
  readonly bodyText?: string;
};
export type RedriveInput = z.input<typeof RedriveBody>;
export type RedriveResult = z.output<typeof RedriveAnswer>;
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

  /** Deletes one for good. */
  async delete(id: string): Promise<void> {
    await this.send("DELETE", `/${checkedId(id)}`);
  }

  /**
   * Sends dead letters again, to this subscription only, with their first attempt. Those that cannot be sent again are
   * in `refused`, and stay. With one id, `body` (or `bodyBase64`) and `attributes` replace what the message had; a
   * `JsonText` is sent as it was written. With `all`, repeat it with `cursor: nextCursor` as long as there is one.
   */
  async redrive(which: RedriveInput): Promise<RedriveResult> {
    return (await this.send("POST", "/redrive", which)).value as RedriveResult;
  }

  /** Deletes all for good, as far as one request comes: repeat it while `more`. */
  async purge(): Promise<PurgeResult> {
    return (await this.send("POST", "/purge")).value as PurgeResult;
  }
}
