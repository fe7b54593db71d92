import type { Beside, Claim } from "../../domain/beside.js";
import { InvalidRequest } from "../../domain/errors.js";
import { type Schedule, messageOfRun, scheduleTimer } from "../../domain/schedule.js";
import { type Topic, partitionFor } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { appendBeside } from "../log/append.js";
import { choosing } from "../publish/append-messages.js";
import { bodyFaults, tellRefused } from "../publish/body-faults.js";
import { scheduledContent } from "./scheduled-content.js";

export interface Run {
  readonly messageId: string;
  /** The schedule once it has run. */
  readonly next: Schedule;
  readonly nowMs: number;
  /** What must not have been claimed before. */
  readonly claim?: Claim;
  /** Who asked for it. */
  readonly publishedBy?: string;
  readonly requestId?: string;
}

/**
 * `changed`: somebody else has changed it, or run it. `known`: the claim was in the way, with this value. `refused`:
 * the message does not fit the topic's schema, which has changed since it was taken.
 */
export type RunOutcome =
  | { readonly kind: "ran"; readonly publishedAtMs: number }
  | { readonly kind: "changed" }
  | { readonly kind: "known"; readonly value: string }
  | { readonly kind: "refused"; readonly fault: InvalidRequest };

/**
 * Publishes the message of one run: in the transaction that puts it into the log the schedule becomes what it is
 * afterwards, with the timer of its next run. So a run happens once, whoever tries it, and none is forgotten.
 * @throws {Throttled} {StorageUnavailable}: then it may have happened
 */
export async function publishRun(
  engine: Engine,
  topic: Topic,
  schedule: Schedule,
  run: Run,
): Promise<RunOutcome> {
  const { messageId, next, nowMs, claim, publishedBy, requestId } = run;
  const content = await scheduledContent(engine, schedule);
  const message = {
    ...messageOfRun(content, messageId, nowMs),
    ...(publishedBy === undefined ? {} : { publishedBy }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  const faults = await bodyFaults(engine, topic, [message]);
  tellRefused(engine, topic, faults);
  const [fault] = faults;
  if (fault instanceof InvalidRequest) return { kind: "refused", fault: fault.below("message") };
  if (fault) throw fault;
  const timer = scheduleTimer(next);
  const beside: readonly Beside[] = [
    ...(claim ? [claim] : []),
    { kind: "schedule", schedule: next },
    ...(timer ? [{ kind: "timer", timer } as const] : []),
  ];
  const choose = choosing(engine, topic, partitionFor(topic, content.key), 1);
  const outcome = await appendBeside(engine, topic, [message], choose, beside);
  if (outcome.kind === "appended") return { kind: "ran", publishedAtMs: outcome.slot.publishedAtMs };
  const known = claim && outcome.refusals.find(({ index }) => index === 0)?.value;
  return known === undefined ? { kind: "changed" } : { kind: "known", value: known };
}
