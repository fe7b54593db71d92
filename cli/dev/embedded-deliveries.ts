import type { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import type { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { tick } from "../../lib/operations/clock/tick.js";
import type { Engine } from "../../lib/operations/engine.js";
import { dispatch } from "../../lib/operations/push/dispatch.js";
import { pump } from "../../lib/operations/push/pump.js";

const PUMP_MS = 900_000;
const TICK_MS = 60_000;

/** Does in this process what deployed functions do: answers doorbells, runs pumps, and ticks every minute. */
export function deliverFrom(storage: MemoryStorage, starter: MemoryStarter, engine: Engine): void {
  const { clock, telemetry } = engine;
  const run = (what: string, work: Promise<unknown>): void => {
    work.catch((error: unknown) =>
      telemetry.event("delivery-stopped", "error", { what, error: String(error) }),
    );
  };
  const ticked = (owner?: string): Promise<void> =>
    tick(engine, { deadlineMs: clock.nowMs() + TICK_MS, ...(owner === undefined ? {} : { owner }) });
  starter.handlers = {
    pump: (start) => run("pump", pump(engine, start, { deadlineMs: clock.nowMs() + PUMP_MS })),
    clock: (owner) => run("clock", ticked(owner)),
  };
  storage.onAppend((bell) => run("dispatch", dispatch(engine, [bell])));
  setInterval(() => run("clock", ticked()), TICK_MS).unref();
}
