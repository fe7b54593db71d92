import type { Starter } from "../../domain/ports/starter.js";
import { answered } from "./storage.js";
import type { LaneRef } from "../../domain/lane.js";

/** What a test does when a function is started. */
export interface StartHandlers {
  readonly pump: (ref: LaneRef) => void;
  readonly clock: (owner: string) => void;
}

/** Passes each start to its handler. Without handlers it records starts for a test to inspect. */
export class MemoryStarter implements Starter {
  handlers: StartHandlers | undefined;
  readonly startedPumps: LaneRef[] = [];
  readonly startedClocks: string[] = [];

  async startPump(ref: LaneRef): Promise<void> {
    await answered();
    if (this.handlers) this.handlers.pump(ref);
    else this.startedPumps.push(ref);
  }

  async startClock(owner: string): Promise<void> {
    await answered();
    if (this.handlers) this.handlers.clock(owner);
    else this.startedClocks.push(owner);
  }
}
