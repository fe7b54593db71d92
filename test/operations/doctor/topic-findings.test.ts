import type { DelayedEntry } from "../../../lib/domain/delayed.js";
import type { ScheduleEntry } from "../../../lib/domain/schedule.js";
import type { Topic } from "../../../lib/domain/topic.js";
import { type AboutTopic, judgeTopic, topicFindings } from "../../../lib/operations/doctor/topic-findings.js";
import type { OutboxEntry } from "../../../lib/operations/manage/outbox.js";
import { withAudit } from "../a-consumer.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const LIMITS = { nowMs: NOW_MS, maxAgeMs: 300_000 };
const at = (seconds: number): number => NOW_MS - seconds * 1_000;
const delayed = (seconds: number) => ({ id: "i", dueMs: at(seconds) }) as DelayedEntry;
const waiting = (seconds: number) => ({ id: "i", writtenAtMs: at(seconds) }) as OutboxEntry;
const due = (seconds: number, fields: object = {}) =>
  ({ name: "nightly", nextRunMs: at(seconds), ...fields }) as ScheduleEntry;
const NONE: AboutTopic = { delayed: undefined, refused: undefined, waiting: undefined, schedules: [] };

const judged = (about: Partial<AboutTopic>, paused: Topic["paused"] = "none") =>
  judgeTopic({ name: "orders", paused } as Topic, { ...NONE, ...about }, LIMITS);
const found = (about: Partial<AboutTopic>, paused: Topic["paused"] = "none") =>
  judged(about, paused).map(({ level, what }) => `${level}: ${what}`);

it("finds nothing where all is in time", () => {
  const schedules = [due(60), due(0, { nextRunMs: undefined })];
  expect(found({ delayed: delayed(60), waiting: waiting(300), schedules })).toEqual([]);
});

it("finds timers that are late, what is stranded in the outbox, and what was refused there", () => {
  const refused = { ...waiting(1), why: "no key" };
  expect(found({ delayed: delayed(61), waiting: waiting(172_800), refused })).toEqual([
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
  expect(found({ delayed: delayed(600) }, paused)).toEqual(findings);
});

it("finds schedules that are overdue, unless the topic is paused, and those whose last run was refused", () => {
  const refused = due(-60, { lastRefusal: { atMs: at(7), detail: "message.body must be object" } });
  const saysWhy =
    "wrong: schedule nightly did not run: its message does not fit the schema (message.body must be object)";
  expect(found({ schedules: [due(61), refused] })).toEqual([
    saysWhy,
    "wrong: schedule nightly should have run 61 seconds ago: timers are not served",
  ]);
  const paused = "note: it is paused: publishes are refused";
  expect(found({ schedules: [due(61), refused] }, "publish")).toEqual([paused, saysWhy]);
});

it("says since when", () => {
  const refused = { ...waiting(9), refusedAtMs: at(8), why: "no key" };
  const schedules = [due(70, { lastRefusal: { atMs: at(7), detail: "d" } })];
  const since = judged({ delayed: delayed(90), waiting: waiting(400), refused, schedules }).map(
    ({ code, sinceMs }) => [code, sinceMs],
  );
  expect(since).toEqual([
    ["outbox-refused", at(8)],
    ["schedule-refused", at(7)],
    ["delayed-late", at(90)],
    ["schedule-late", at(70)],
    ["outbox-waits", at(400)],
  ]);
});

it("reads what there is of a topic", async () => {
  const { engine } = await withAudit({ topic: { paused: "publish" } });
  const topic = await engine.topics.get("orders");
  const codes = (await topicFindings(engine, topic as Topic, LIMITS)).map(({ code }) => code);
  expect(codes).toEqual(["paused"]);
});
