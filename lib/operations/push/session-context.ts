import type { PumpHints } from "../../domain/pump-start.js";
import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import type { Flights } from "./flights.js";
import type { LaneKeeper } from "./lane-keeper.js";
import type { Pacing } from "./pacing.js";

/** What a session works with while its pump holds the lane. */
export interface SessionContext {
  readonly engine: Engine;
  readonly reader: Reader;
  readonly lane: number;
  /** What the process that started the pump knew. */
  readonly hints: PumpHints;
  readonly flights: Flights;
  readonly keeper: LaneKeeper;
  readonly pacing: Pacing;
  /** When to stop handing out, so that running deliveries can end before `deadlineMs`. */
  readonly drainAtMs: number;
  readonly deadlineMs: number;
  /** Previous owners in a row that died. */
  readonly deaths: number;
}
