import { SluiceError, SubscriptionNotFound, TopicNotFound } from "../../domain/errors.js";
import { type Finding, type Found, wrong } from "../../domain/finding.js";
import type { Engine } from "../engine.js";

/** What is looked at; nothing where it is the queue itself. */
export type Where = Pick<Finding, "topic" | "subscription">;

/** Findings of one look. What cannot be looked at is a finding, and hides nothing else. */
export async function looked(
  { telemetry }: Pick<Engine, "telemetry">,
  where: Where,
  look: () => Promise<readonly Found[]>,
): Promise<readonly Finding[]> {
  try {
    return (await look()).map((finding) => ({ ...where, ...finding }));
  } catch (error) {
    // Deleted meanwhile.
    if (error instanceof TopicNotFound || error instanceof SubscriptionNotFound) return [];
    telemetry.event("trouble", "warn", { ...where, what: "doctor", error: String(error) });
    const why = error instanceof SluiceError ? error.message : "an internal error";
    return [{ ...where, ...wrong("not-looked-at", `it cannot be looked at: ${why}`, LOG) }];
  }
}

const LOG = "look again; if it lasts, look at the log of the API";
