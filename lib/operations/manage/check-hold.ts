import { InvalidRequest } from "../../domain/errors.js";
import type { DeadLetterSettings, SubscriptionSettings } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";

/** @throws {InvalidRequest} for keys that are to hold, in a topic that has no order to keep */
export function checkHold(
  { name, ordering }: Topic,
  { deadLetter: { onDeadLetter } }: Pick<SubscriptionSettings, "deadLetter">,
): void {
  if (onDeadLetter !== "hold" || ordering === "key") return;
  const detail = `must be "release": topic "${name}" has no order of keys that a dead letter could hold up`;
  throw new InvalidRequest([{ path: "deadLetter.onDeadLetter", detail }]);
}

/**
 * The settings as they are stored. One that never held says nothing of it, so that nobody looks for keys that it may
 * have to let go.
 */
export function holdSettings(
  { onDeadLetter, ...settings }: DeadLetterSettings,
  before?: DeadLetterSettings,
): DeadLetterSettings {
  const isSaid = onDeadLetter === "hold" || before?.onDeadLetter !== undefined;
  return isSaid && onDeadLetter ? { ...settings, onDeadLetter } : settings;
}
