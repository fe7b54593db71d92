import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "../log/troubles.js";

/** What to tell of a part of a trace that the store does not answer for now. @throws what is a bug, or a refusal */
export function whyNotRead(
  { telemetry }: Pick<Engine, "telemetry">,
  { topic, subscription }: Reader,
  error: unknown,
): string {
  if (!isTrouble(error)) throw error;
  const where = { topic: topic.name, subscription: subscription.name };
  telemetry.event("trouble", "warn", { what: "trace", ...where, error: String(error) });
  return (error as Error).message;
}
