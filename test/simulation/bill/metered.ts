import type { Engine } from "../../../lib/operations/engine.js";
import { type Ended, Functions, type Kind } from "../actors/functions.js";
import { Deployment } from "../deployment.js";
import type { Fate } from "../fate.js";
import { NO_FAULTS } from "../faults.js";
import type { Call, Caller } from "../port-calls.js";
import type { World } from "../world.js";
import { readUnits } from "./read-units.js";
import type { Usage } from "./usage.js";

/** The product's own, where the simulation has less. */
const INLINE_LIMIT_BYTES = 10_240;
const LANE_WIDTH = 512;
const ROSTER_FROM = 50;
/** Of each invocation: what Lambda writes of its start, end and report, and our own line. */
const INVOCATION_BYTES = 350 + 550;
/** The line that API Gateway writes of a request. */
const REQUEST_BYTES = 350;
/** What surrounds the fields of an event: time, level, service, request and function. */
const LINE_BYTES = 450;

type Billed = Kind | "receive";

/** As cdk/functions.ts has them. A service is the user's own. */
const MEMORY_GB: Readonly<Record<Billed, number>> = {
  api: 1,
  receive: 0.25,
  service: 0,
  dispatcher: 0.25,
  pump: 0.5,
  clock: 0.25,
  relay: 0.5,
};

/** What traffic says that it does where it receives: the API has a function of its own for that. */
export const RECEIVING = "receive";

/** A deployment in which nothing goes wrong, and that counts what AWS would bill. */
export class MeteredDeployment extends Deployment {
  readUnits = 0;
  userWriteUnits = 0;
  s3Puts = 0;
  s3Gets = 0;
  eventBytes = 0;

  constructor(world: World) {
    super(world, NO_FAULTS, {
      inlineLimitBytes: INLINE_LIMIT_BYTES,
      laneWidth: LANE_WIDTH,
      rosterFrom: ROSTER_FROM,
    });
    const { telemetry } = this;
    this.telemetry = {
      event: (name, level, fields) => {
        this.eventBytes += LINE_BYTES + Buffer.byteLength(JSON.stringify(fields));
        telemetry.event(name, level, fields);
      },
    };
  }

  override async carryOut(process: Caller, call: Call, fate: Fate): Promise<unknown> {
    const outcome = await super.carryOut(process, call, fate);
    this.readUnits += readUnits(call, outcome);
    if (call.port === "segments") this[call.method === "put" ? "s3Puts" : "s3Gets"]++;
    return outcome;
  }
}

/** Its functions, with what all of it takes. */
export class MeteredFunctions extends Functions {
  readonly #times = new Map<Billed, number>();
  #gbMs = 0;
  readonly #running = new Map<symbol, { readonly billed: Billed; readonly sinceMs: number }>();

  constructor(private readonly metered: MeteredDeployment) {
    super(metered, false);
  }

  override async invoke<T>(
    kind: Kind,
    work: (engine: Engine, deadlineMs: number) => Promise<T>,
    what: string,
  ): Promise<Ended<T>> {
    const { world } = this.metered;
    const id = Symbol(what);
    const billed = what === RECEIVING ? "receive" : kind;
    const sinceMs = world.nowMs;
    this.#running.set(id, { billed, sinceMs });
    const ended = await super.invoke(kind, work, what);
    this.#running.delete(id);
    this.#times.set(billed, (this.#times.get(billed) ?? 0) + 1);
    this.#gbMs += (world.nowMs - sinceMs) * MEMORY_GB[billed];
    return ended;
  }

  /** Since the world began; of what is still running, up to now. */
  usage(): Usage {
    const { world, monitor, readUnits: reads, userWriteUnits, s3Puts, s3Gets, eventBytes } = this.metered;
    const running = [...this.#running.values()];
    const gbMs = running.reduce(
      (sum, { billed, sinceMs }) => sum + (world.nowMs - sinceMs) * MEMORY_GB[billed],
      this.#gbMs,
    );
    const invocations = [...this.#times.values()].reduce((sum, times) => sum + times, 0);
    const requests = (this.#times.get("api") ?? 0) + (this.#times.get("receive") ?? 0);
    return {
      writeUnits: monitor.cost.total + userWriteUnits,
      userWriteUnits,
      readUnits: reads,
      requests,
      invocations,
      gbSeconds: gbMs / 1_000,
      s3Puts,
      s3Gets,
      logBytes: invocations * INVOCATION_BYTES + requests * REQUEST_BYTES + eventBytes,
    };
  }
}
