import { type Mark, markName } from "../../domain/mark.js";
import { type Round, type Rounds, isDue } from "../../domain/round.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { lookAfter, lookOver } from "./look-after.js";
import { type Going, type Route, goRound } from "./rounds.js";
import { sweepExpired } from "./sweep-expired.js";
import { isOutboxUsed, sweepOutbox } from "./sweep-outbox.js";

/** A little less than the rule's minute, so that a clock that starts a moment early does not skip its turn. */
const WAKE_EVERY_MS = 50_000;
/** Slots stay stored for two hours after they expire, so a look every hour finds all of them. */
const EXPIRED_EVERY_MS = 60 * 60_000;
/** Finds news without a mark within a day, if the topics are no more than this many a minute. */
const ALL_EVERY_MS = 24 * 60 * 60_000;
const ALL_AT_ONCE = 100;
const OUTBOX_EVERY_MS = WAKE_EVERY_MS;

/** What a sweep does every so often. */
export interface RoundPlan extends Pick<Going<unknown>, "name" | "everyMs" | "atMost"> {
  readonly go: (
    engine: Engine,
    going: Omit<Going<unknown>, keyof Route<unknown>>,
  ) => Promise<Round | undefined>;
}

const along =
  <T>(route: (engine: Engine) => Route<T>): RoundPlan["go"] =>
  (engine, going) =>
    goRound(engine, { ...going, ...route(engine) });

const overMarks = (visit: (engine: Engine, mark: Mark) => Promise<void>): RoundPlan["go"] =>
  along((engine) => ({
    list: (page) => engine.marks.list(page),
    nameOf: ({ topic }: Mark) => markName(topic),
    visit: (mark) => visit(engine, mark),
  }));

const overTopics = (visit: (engine: Engine, topic: Topic) => Promise<void>): RoundPlan["go"] =>
  along((engine) => ({
    list: (page) => engine.topics.list(page),
    nameOf: ({ name }: Topic) => name,
    visit: (topic) => visit(engine, topic),
  }));

const WAKE: RoundPlan = { name: "wake", everyMs: WAKE_EVERY_MS, go: overMarks(lookAfter) };
const EXPIRED: RoundPlan = { name: "expired", everyMs: EXPIRED_EVERY_MS, go: overMarks(sweepExpired) };
const ALL: RoundPlan = {
  name: "all",
  everyMs: ALL_EVERY_MS,
  atMost: ALL_AT_ONCE,
  go: overTopics(lookOver),
};

/** What waits in the outbox is found by itself, not topic by topic. */
const OUTBOX: RoundPlan = { name: "outbox", everyMs: OUTBOX_EVERY_MS, go: sweepOutbox };

/** The rounds of a sweep. Only the last one looks at idle topics. */
export const ROUNDS: readonly RoundPlan[] = [WAKE, EXPIRED, ALL, OUTBOX];

const MARKS_PAGE = 100;

/** Whether one of the rounds has something to visit now. */
export async function isWork(engine: Engine, rounds: Rounds): Promise<boolean> {
  const [isMarked, isWaited] = await Promise.all([isMarkedWork(engine, rounds), isOutboxUsed(engine)]);
  return isMarked || isWaited;
}

async function isMarkedWork({ marks, clock }: Engine, rounds: Rounds): Promise<boolean> {
  const nowMs = clock.nowMs();
  const isTime = ({ name, everyMs }: RoundPlan): boolean => isDue(rounds[name], everyMs, nowMs);
  if (isTime(ALL)) return true;
  const { items, nextCursor } = await marks.list({ limit: MARKS_PAGE });
  if (items.length === 0) return false;
  if (isTime(EXPIRED)) return true;
  const isLookedAt = items.some(({ nextLookMs = 0 }) => nextLookMs <= nowMs);
  return isTime(WAKE) && (isLookedAt || nextCursor !== undefined);
}
