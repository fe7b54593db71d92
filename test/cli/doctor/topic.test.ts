import type { OutboxEntry, ScheduledMessage, Topic } from "../../../lib/client/index.js";
import { type AboutTopic, topicFindings } from "../../../cli/doctor/topic.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const at = (seconds: number): string => new Date(NOW_MS - seconds * 1_000).toISOString();
const delayed = (seconds: number) => ({ id: "i", deliverAt: at(seconds) }) as ScheduledMessage;
const waiting = (seconds: number) => ({ id: "i", writtenAt: at(seconds) }) as OutboxEntry;
const due = (seconds: number, fields: object = {}) =>
  ({ name: "nightly", nextRunAt: at(seconds), ...fields }) as AboutTopic["schedules"][number];
const NONE: AboutTopic = { nextDelayed: undefined, refused: undefined, inOutbox: undefined, schedules: [] };

const found = (about: Partial<AboutTopic>, paused: Topic["paused"] = "none") =>
  topicFindings(
    { name: "orders", paused } as Topic,
    { ...NONE, ...about },
    { nowMs: NOW_MS, maxAgeSeconds: 300 },
  ).map(({ level, what }) => `${level}: ${what}`);

it("finds nothing where all is in time", () => {
  const schedules = [due(60), { ...due(0), nextRunAt: undefined }];
  expect(found({ nextDelayed: delayed(60), inOutbox: waiting(300), schedules })).toEqual([]);
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

it("finds schedules that are overdue, unless the topic is paused, and those whose last run was refused", () => {
  const refused = due(-60, { lastRefusal: { at: at(7), detail: "message.body must be object" } });
  const saysWhy =
    "wrong: schedule nightly did not run at 2026-07-31T23:59:53.000Z: its message does not fit the schema " +
    "(message.body must be object)";
  expect(found({ schedules: [due(61), refused] })).toEqual([
    saysWhy,
    "wrong: schedule nightly should have run 61 seconds ago: timers are not served",
  ]);
  const paused = "note: it is paused: publishes are refused";
  expect(found({ schedules: [due(61), refused] }, "publish")).toEqual([paused, saysWhy]);
});
