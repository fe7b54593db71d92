import { laneCount } from "../../domain/lane.js";
import { BlockSupply } from "./block-supply.js";
import type { SessionContext } from "./session-context.js";
import type { Supplies } from "./session-supplies.js";
import { startIdlePump } from "./start-pumps.js";

/** A lane with more than it can deliver starts the next one, unless that runs; less often while nothing ends. */
const START_FROM_MS = 1_000;
const START_UP_TO_MS = 60_000;

/** Starts the lane behind a session's, when that has all of its deliveries under way and more to deliver. */
export class NextLane {
  readonly #isThere: boolean;
  #startAtMs = 0;
  #pauseMs = START_FROM_MS;

  constructor(
    private readonly context: SessionContext,
    private readonly width: number,
    private readonly fail: (what: string, error: unknown) => void,
  ) {
    const { reader, lane, engine } = context;
    this.#isThere = lane + 1 < laneCount(reader, engine.settings.laneWidth);
  }

  /** A delivery has started. */
  moved(): void {
    this.#pauseMs = START_FROM_MS;
  }

  startIfWanted({ due, fresh }: Supplies): void {
    const { flights, keeper, engine, reader, lane } = this.context;
    const nowMs = engine.clock.nowMs();
    if (!this.#isThere || !(fresh instanceof BlockSupply) || nowMs < this.#startAtMs) return;
    const isFull = flights.count + keeper.taken >= this.width;
    if (!isFull || (due.isDry && !fresh.mayHaveMore)) return;
    this.#startAtMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(START_UP_TO_MS, 2 * this.#pauseMs);
    const started = startIdlePump(engine, reader.subscription, { lane: lane + 1 });
    void started.catch((error: unknown) => this.fail("starting the next lane", error));
  }
}
