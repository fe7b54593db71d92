import type { OutboxEntry, ScheduledMessage, Topic } from "../../lib/client/index.js";
import { type Finding, duration, note, wrong } from "./finding.js";

type Found = Pick<Finding, "level" | "what" | "advice">;

/** So late a delayed message is at the most while a clock runs, and nothing holds its topic up. */
const LATE_SECONDS = 60;

const HELD = {
  publish: "publishes are refused",
  delivery: "nothing is delivered",
  all: "publishes are refused, and nothing is delivered",
} as const;

/** What is wrong with a topic itself. `nextDelayed`, `refused` and `inOutbox`: the first of each, if there is one. */
export function topicFindings(
  { name, paused }: Topic,
  first: {
    readonly nextDelayed: ScheduledMessage | undefined;
    readonly refused: OutboxEntry | undefined;
    readonly inOutbox: OutboxEntry | undefined;
  },
  { nowMs, maxAgeSeconds }: { readonly nowMs: number; readonly maxAgeSeconds: number },
): readonly Found[] {
  const found: Found[] = [];
  const { nextDelayed, refused, inOutbox } = first;
  const secondsSince = (time: string): number => (nowMs - Date.parse(time)) / 1_000;
  if (paused !== "none") found.push(note(`it is paused: ${HELD[paused]}`, `sluice topics resume ${name}`));
  if (refused) {
    const what = `it refused a message that was committed to the outbox (${refused.why ?? "no reason"})`;
    found.push(wrong(what, `sluice outbox ${name} --state refused`));
  }
  if (paused === "publish" || paused === "all") return found;
  const late = nextDelayed ? secondsSince(nextDelayed.deliverAt) : 0;
  if (late > LATE_SECONDS) {
    const what = `a delayed message is ${duration(late)} late: timers are not served`;
    found.push(wrong(what, "look at the clock's alarm and its log, and whether its rule is enabled"));
  }
  const waited = inOutbox ? secondsSince(inOutbox.writtenAt) : 0;
  if (waited > maxAgeSeconds) {
    const what = `a message has waited in the outbox for ${duration(waited)}`;
    found.push(wrong(what, `sluice outbox ${name}; look at the alarms of the relay and of the clock`));
  }
  return found;
}
