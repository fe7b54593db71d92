import type { Starter } from "../../domain/ports/starter.js";
import { answered } from "./storage.js";
import type { LaneRef } from "../../domain/lane.js";

/** What starting a function does in one process. */
export interface StartHandlers {
  readonly pump: (ref: LaneRef) => void;
  readonly clock: (owner: string) => void;
}

/** Hands every start to whoever plays the functions; where nobody does, keeps it for a test to look at. */
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
