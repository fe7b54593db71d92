import type { Reader } from "../../domain/reader.js";
import { liftHolds } from "../consume/lift-holds.js";
import type { Engine } from "../engine.js";
import { wakeUpHeld } from "../redrive/end-dead-letters.js";

/** How long one request works on it, well within what its caller waits. The sweep does what is left. */
const WORK_MS = 10_000;

/**
 * Lets keys go that a change of their subscription has hold no more. The change is stored: what fails here is told, and
 * the sweep makes up for it.
 */
export async function letGoOfHeld(engine: Engine, reader: Reader): Promise<void> {
  const { clock, telemetry } = engine;
  const lifting = { pagesAtMost: Infinity, untilMs: clock.nowMs() + WORK_MS };
  try {
    if (await liftHolds(engine, reader, lifting)) await wakeUpHeld(engine, reader);
  } catch (error) {
    const { topic, subscription } = reader;
    const fields = { topic: topic.name, subscription: subscription.name, error: String(error) };
    telemetry.event("keys-not-let-go", "warn", fields);
  }
}
