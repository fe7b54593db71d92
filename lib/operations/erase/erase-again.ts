import type { EraseTimer } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { eraseInLog } from "./erase-in-log.js";
import { takeOut } from "./erase-message.js";

/** Within the clock's own time. What cannot be looked through in it is told, and not tried for ever. */
const WORK_MS = 60_000;

/**
 * Looks once more for what was copied of an erased message by those who had read it before, and ends what a crash has
 * left. A topic that was deleted meanwhile takes its messages along.
 * @throws {MessageOutOfReach} {Conflict} {Throttled} {StorageUnavailable}
 */
export async function eraseAgain(engine: Engine, timer: EraseTimer): Promise<undefined> {
  const { message: id, erasure } = timer;
  const topic = await engine.topics.get(timer.topic.name);
  if (topic?.uid !== timer.topic.uid) return;
  const inLog = await eraseInLog(engine, topic, id, { erasure });
  const untilMs = engine.clock.nowMs() + WORK_MS;
  const { isPart } = await takeOut(engine, topic, { id, erasure, inLog, untilMs });
  if (isPart) engine.telemetry.event("erasing-incomplete", "error", { topic: topic.name, id });
}
