import { Conflict, ScheduleNotFound, TopicPaused } from "../../domain/errors.js";
import { RUN_NOW_KNOWN_FOR_MS, type Schedule, runNowId, runNowName } from "../../domain/schedule.js";
import { afterRunNow } from "../../domain/schedule-run.js";
import { publishIsPaused } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { findTopic } from "../lookup.js";
import { publishRun } from "./publish-run.js";

const ATTEMPTS = 8;

export interface RanNow {
  readonly id: string;
  readonly publishedAtMs: number;
}

export interface RunNowOptions {
  /** The same request within a day is carried out once, and answered as it was first. */
  readonly key?: string;
  /** Who asks for it. */
  readonly publishedBy?: string;
  readonly requestId?: string;
}

/**
 * Publishes a schedule's message at once, also of one that is paused. When it runs by itself stays as it is.
 * @throws {TopicNotFound} {TopicPaused} {ScheduleNotFound} {SchemaViolated} {Conflict}
 */
export async function runNow(
  engine: Engine,
  topicName: string,
  name: string,
  { key, ...by }: RunNowOptions = {},
): Promise<RanNow> {
  const { schedules, clock, random, telemetry } = engine;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const topic = await findTopic(engine, topicName, 0);
    const schedule = await schedules.get(topic, name);
    if (!schedule) throw new ScheduleNotFound(topicName, name);
    if (publishIsPaused(topic)) throw new TopicPaused(topicName);
    const nowMs = clock.nowMs();
    const messageId = runNowId(schedule, nowMs, random.nonce());
    const next = afterRunNow(schedule, { messageId, nowMs });
    const claim =
      key === undefined ? {} : { claim: claimOf(schedule, key, { id: messageId, publishedAtMs: nowMs }) };
    const outcome = await publishRun(engine, topic, schedule, { messageId, next, nowMs, ...claim, ...by });
    if (outcome.kind === "refused") throw outcome.fault;
    if (outcome.kind === "known") return JSON.parse(outcome.value) as RanNow;
    if (outcome.kind === "ran") {
      telemetry.event("schedule-run-now", "info", { topic: topicName, schedule: name, messageId });
      return { id: messageId, publishedAtMs: outcome.publishedAtMs };
    }
    await backOff(engine, attempt);
  }
  throw new Conflict(`running schedule "${name}"`);
}

const claimOf = (schedule: Schedule, key: string, ran: RanNow) =>
  ({
    kind: "claim",
    name: runNowName(schedule, key),
    value: JSON.stringify(ran),
    expiresAtMs: ran.publishedAtMs + RUN_NOW_KNOWN_FOR_MS,
  }) as const;
