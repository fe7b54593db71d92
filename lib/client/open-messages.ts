import type { z } from "zod";
import type { OpenMessageList, OpenMessageQuery } from "../http/contracts/open-message.js";
import { type Send, queryOf } from "./send.js";

export type OpenMessageListOptions = Pick<z.output<typeof OpenMessageQuery>, "state"> &
  Partial<z.output<typeof OpenMessageQuery>>;
export type OpenMessagePage = z.output<typeof OpenMessageList>;
export type OpenMessage = OpenMessagePage["items"][number];

/** The messages of one subscription that have not ended. */
export class OpenMessages {
  constructor(private readonly send: Send) {}

  /**
   * Those in one state, without their bodies, with what they wait for. A page may hold fewer than asked for, even none:
   * go on while there is a `nextCursor`.
   */
  async list(options: OpenMessageListOptions): Promise<OpenMessagePage> {
    return (await this.send("GET", queryOf(options))).value as OpenMessagePage;
  }
}
