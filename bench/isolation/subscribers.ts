import type { Handler } from "../../lib/adapters/memory/subscriber.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import type { Message } from "../../lib/domain/message.js";

const GOOD_MS = 20;
const SLOW_MS = 10_000;
/** Until a handler throws, or its process ends. */
const FAILS_AFTER_MS = 20;

/** Each kind of bad subscriber, by what it does to the messages that it gets. */
export const BAD = ["slow", "failing", "throwing", "refusing", "poisoned"] as const;
export type Bad = (typeof BAD)[number];

/** How a good subscriber takes messages: it answers soon, and tells each message's delivery. */
export const good =
  (clock: Clock, tell: (message: Message) => void): Handler =>
  async (messages) => {
    for (const message of messages) tell(message);
    await clock.sleep(GOOD_MS);
    return { kind: "answered", failedIds: new Set() };
  };

/**
 * What a bad subscriber does. `isPoison`: a message that ends the process of who handles it. `over`: its handlers are
 * cut short.
 */
export function bad(
  kind: Bad,
  clock: Clock,
  isPoison: (message: Message) => boolean,
  over: AbortSignal,
): Handler {
  return async (messages) => {
    if (kind === "refusing")
      return { kind: "unavailable", reason: "throttled", error: "TooManyRequestsException: Rate Exceeded." };
    await clock.sleep(kind === "slow" ? SLOW_MS : FAILS_AFTER_MS, over);
    const failedIds = kind === "failing" ? messages.map(({ id }) => id) : [];
    if (kind === "throwing") return { kind: "failed", error: "TypeError: order.lines is not iterable" };
    if (kind === "poisoned" && messages.some(isPoison))
      return { kind: "failed", error: "Runtime.ExitError: exit status 1" };
    return { kind: "answered", failedIds: new Set(failedIds) };
  };
}

/** A good subscriber, but for the keys whose messages it cannot take. */
export const goodButFor =
  (keys: ReadonlySet<string>, clock: Clock, tell: (message: Message) => void): Handler =>
  async (messages) => {
    const failed = messages.filter(({ key }) => key !== undefined && keys.has(key));
    for (const message of messages) if (!failed.includes(message)) tell(message);
    await clock.sleep(GOOD_MS);
    return { kind: "answered", failedIds: new Set(failed.map(({ id }) => id)) };
  };
