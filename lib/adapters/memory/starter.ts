import type { Starter } from "../../domain/ports/starter.js";
import { answered } from "./storage.js";
import type { PumpStart } from "../../domain/pump-start.js";

/** What a test does when a function is started. */
export interface StartHandlers {
  readonly pump: (start: PumpStart) => void;
  readonly clock: (owner: string) => void;
}

/** Passes each start to its handler. Without handlers it records starts for a test to inspect. */
export class MemoryStarter implements Starter {
  handlers: StartHandlers | undefined;
  readonly startedPumps: PumpStart[] = [];
  readonly startedClocks: string[] = [];

  async startPump(start: PumpStart): Promise<void> {
    await answered();
    if (this.handlers) this.handlers.pump(start);
    else this.startedPumps.push(start);
  }

  async startClock(owner: string): Promise<void> {
    await answered();
    if (this.handlers) this.handlers.clock(owner);
    else this.startedClocks.push(owner);
  }
}
