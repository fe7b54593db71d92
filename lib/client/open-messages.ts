import type { z } from "zod";
import type {
  OpenMessageList,
  OpenMessageQuery,
  OperatorSettlement,
} from "../http/contracts/open-message.js";
import { type Send, checkedId, queryOf } from "./send.js";

export type OpenMessageListOptions = Pick<z.output<typeof OpenMessageQuery>, "state"> &
  Partial<z.output<typeof OpenMessageQuery>>;
export type OpenMessagePage = z.output<typeof OpenMessageList>;
export type OpenMessage = OpenMessagePage["items"][number];

export type OperatorSettlementInput = z.input<typeof OperatorSettlement>;

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

  /**
   * Ends a message, sends it again or makes it a dead letter, whatever its state and whoever has it. A handler that is
   * at work on it is not stopped.
   */
  async settle(id: string, settlement: OperatorSettlementInput): Promise<void> {
    await this.send("POST", `/${checkedId(id)}/settle`, settlement);
  }
}
