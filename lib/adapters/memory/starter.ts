import type { PumpRef, Starter } from "../../domain/ports/starter.js";
import { answered } from "./storage.js";

/** What starting a function does in one process. */
export interface StartHandlers {
  readonly pump: (ref: PumpRef) => void;
  readonly clock: () => void;
}

/** Hands every start to whoever plays the functions; nobody does by default. */
export class MemoryStarter implements Starter {
  handlers: StartHandlers | undefined;

  async startPump(ref: PumpRef): Promise<void> {
    await answered();
    this.handlers?.pump(ref);
  }

  async startClock(): Promise<void> {
    await answered();
    this.handlers?.clock();
  }
}
