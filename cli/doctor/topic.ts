import type { OutboxEntry, SchedulePage, ScheduledMessage, Topic } from "../../lib/client/index.js";
import { type Finding, duration, note, wrong } from "./finding.js";

type Found = Pick<Finding, "level" | "what" | "advice">;

const CLOCK = "look at the clock's alarm and its log, and whether its rule is enabled";

/** So late a delayed message, or a run, is at the most while a clock runs, and nothing holds its topic up. */
const LATE_SECONDS = 60;

const HELD = {
  publish: "publishes are refused",
  delivery: "nothing is delivered",
  all: "publishes are refused, and nothing is delivered",
} as const;

/** What there is of a topic: the first of each, and all schedules. */
export interface AboutTopic {
  readonly nextDelayed: ScheduledMessage | undefined;
  readonly refused: OutboxEntry | undefined;
  readonly inOutbox: OutboxEntry | undefined;
  readonly schedules: SchedulePage["items"];
}

/** What is wrong with a topic itself. */
export function topicFindings(
  { name, paused }: Topic,
  about: AboutTopic,
  { nowMs, maxAgeSeconds }: { readonly nowMs: number; readonly maxAgeSeconds: number },
): readonly Found[] {
  const found: Found[] = [];
  const { nextDelayed, refused, inOutbox, schedules } = about;
  const secondsSince = (time: string): number => (nowMs - Date.parse(time)) / 1_000;
  if (paused !== "none") found.push(note(`it is paused: ${HELD[paused]}`, `sluice topics resume ${name}`));
  if (refused) {
    const what = `it refused a message that was committed to the outbox (${refused.why ?? "no reason"})`;
    found.push(wrong(what, `sluice outbox ${name} --state refused`));
  }
  for (const schedule of schedules) {
    if (!schedule.lastRefusal) continue;
    const { at, detail } = schedule.lastRefusal;
    const what = `schedule ${schedule.name} did not run at ${at}: its message does not fit the schema (${detail})`;
    found.push(wrong(what, `sluice schedules set ${name} ${schedule.name}, with a message that does`));
  }
  if (paused === "publish" || paused === "all") return found;
  const late = nextDelayed ? secondsSince(nextDelayed.deliverAt) : 0;
  if (late > LATE_SECONDS) {
    const what = `a delayed message is ${duration(late)} late: timers are not served`;
    found.push(wrong(what, CLOCK));
  }
  for (const { name: schedule, nextRunAt } of schedules) {
    const overdue = nextRunAt === undefined ? 0 : secondsSince(nextRunAt);
    if (overdue <= LATE_SECONDS) continue;
    const what = `schedule ${schedule} should have run ${duration(overdue)} ago: timers are not served`;
    found.push(wrong(what, CLOCK));
  }
  const waited = inOutbox ? secondsSince(inOutbox.writtenAt) : 0;
  if (waited > maxAgeSeconds) {
    const what = `a message has waited in the outbox for ${duration(waited)}`;
    found.push(wrong(what, `sluice outbox ${name}; look at the alarms of the relay and of the clock`));
  }
  return found;
}
