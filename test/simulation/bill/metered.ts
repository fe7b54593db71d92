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
/** Of each invocation: what Lambda writes of its start, end and report, and our own line. */
const INVOCATION_BYTES = 350 + 550;
/** The line that API Gateway writes of a request. */
const REQUEST_BYTES = 350;
/** What surrounds the fields of an event: time, level, service, request and function. */
const LINE_BYTES = 450;

/** As cdk/functions.ts has them. A service is the user's own. */
export const MEMORY_GB: Readonly<Record<Kind, number>> = {
  api: 1,
  service: 0,
  dispatcher: 0.25,
  pump: 0.5,
  clock: 0.25,
};

/** A deployment in which nothing goes wrong, and that counts what AWS would bill. */
export class MeteredDeployment extends Deployment {
  readUnits = 0;
  s3Puts = 0;
  s3Gets = 0;
  eventBytes = 0;

  constructor(world: World) {
    super(world, NO_FAULTS, { inlineLimitBytes: INLINE_LIMIT_BYTES, laneWidth: LANE_WIDTH });
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
  readonly #ended: Record<Kind, { times: number; ms: number }> = {
    api: { times: 0, ms: 0 },
    service: { times: 0, ms: 0 },
    dispatcher: { times: 0, ms: 0 },
    pump: { times: 0, ms: 0 },
    clock: { times: 0, ms: 0 },
  };
  readonly #running = new Map<symbol, { readonly kind: Kind; readonly sinceMs: number }>();

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
    const sinceMs = world.nowMs;
    this.#running.set(id, { kind, sinceMs });
    const ended = await super.invoke(kind, work, what);
    this.#running.delete(id);
    this.#ended[kind].times++;
    this.#ended[kind].ms += world.nowMs - sinceMs;
    return ended;
  }

  /** Since the world began; of what is still running, up to now. */
  usage(): Usage {
    const { world, monitor, readUnits: reads, s3Puts, s3Gets, eventBytes } = this.metered;
    const kinds = Object.entries(this.#ended) as [Kind, { times: number; ms: number }][];
    const running = [...this.#running.values()];
    const gbMs =
      kinds.reduce((sum, [kind, { ms }]) => sum + ms * MEMORY_GB[kind], 0) +
      running.reduce((sum, { kind, sinceMs }) => sum + (world.nowMs - sinceMs) * MEMORY_GB[kind], 0);
    const invocations = kinds.reduce((sum, [, { times }]) => sum + times, 0);
    const requests = this.#ended.api.times;
    return {
      writeUnits: monitor.cost.total,
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
