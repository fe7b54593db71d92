import type { MessageContent } from "../../../lib/domain/message.js";
import { publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { serveTimers } from "../../../lib/operations/clock/timers.js";
import { CLOCK_BEGINS_WITHIN_MS } from "../../../lib/operations/push/start-clock.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { aText } from "../a-deployment.js";
import { withAudit } from "../a-consumer.js";

export const SECOND_MS = 1_000;

export async function delay(
  engine: Engine,
  ...messages: readonly (readonly [body: string, deliverAtMs: number, more?: Partial<MessageContent>])[]
): Promise<readonly string[]> {
  const drafts = messages.map(([body, deliverAtMs, more]) => ({ content: aText(body, more), deliverAtMs }));
  return (await publishOrDelay(engine, "orders", drafts)).map((result) => {
    if (result.kind === "failed") throw result.error;
    return result.id;
  });
}

/** One run of the clock, for a minute. Who set a timer has started another one, which never began. */
export async function clockRuns(engine: Engine): Promise<void> {
  await engine.clock.sleep(CLOCK_BEGINS_WITHIN_MS + 1);
  await serveTimers(engine, { deadlineMs: engine.clock.nowMs() + 60_000 });
}

export const withDelays = async (topic: Partial<TopicSettings> = {}) => {
  const audit = await withAudit({ topic });
  return { ...audit, clockProcess: audit.process() };
};
