import type { OutboxEntry, ScheduledMessage, Topic } from "../../../lib/client/index.js";
import { topicFindings } from "../../../cli/doctor/topic.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const at = (seconds: number): string => new Date(NOW_MS - seconds * 1_000).toISOString();
const delayed = (seconds: number) => ({ id: "i", deliverAt: at(seconds) }) as ScheduledMessage;
const waiting = (seconds: number) => ({ id: "i", writtenAt: at(seconds) }) as OutboxEntry;
const NONE = { nextDelayed: undefined, refused: undefined, inOutbox: undefined };

const found = (first: Partial<Parameters<typeof topicFindings>[1]>, paused: Topic["paused"] = "none") =>
  topicFindings(
    { name: "orders", paused } as Topic,
    { ...NONE, ...first },
    { nowMs: NOW_MS, maxAgeSeconds: 300 },
  ).map(({ level, what }) => `${level}: ${what}`);

it("finds nothing where all is in time", () => {
  expect(found({ nextDelayed: delayed(60), inOutbox: waiting(300) })).toEqual([]);
});

it("finds timers that are late, what is stranded in the outbox, and what was refused there", () => {
  const refused = { ...waiting(1), why: "no key" };
  expect(found({ nextDelayed: delayed(61), inOutbox: waiting(172_800), refused })).toEqual([
    "wrong: it refused a message that was committed to the outbox (no key)",
    "wrong: a delayed message is 61 seconds late: timers are not served",
    "wrong: a message has waited in the outbox for 2 days",
  ]);
});

it.each([
  ["publish", ["note: it is paused: publishes are refused"]],
  ["all", ["note: it is paused: publishes are refused, and nothing is delivered"]],
  [
    "delivery",
    [
      "note: it is paused: nothing is delivered",
      "wrong: a delayed message is 10 minutes late: timers are not served",
    ],
  ],
] as const)("takes a pause for what somebody meant: %s", (paused, findings) => {
  expect(found({ nextDelayed: delayed(600) }, paused)).toEqual(findings);
});
