import { isPushable, laneCount, laneName } from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import { idleState } from "../manage/idle-state.js";
import { type SubscriptionState, subscriptionState } from "../manage/subscription-state.js";
import type { Engine } from "../engine.js";
import type { AboutSubscription } from "./subscription-findings.js";

/**
 * What there is of a subscription. Where its topic has no mark, nothing of the log is read: there is nothing that it
 * has not consumed.
 */
export async function aboutSubscription(
  engine: Engine,
  reader: Reader,
  isMarked: boolean,
): Promise<AboutSubscription> {
  const state = await (isMarked ? subscriptionState(engine, reader) : idleState(engine, reader));
  const [deaths, deadSinceMs] = await Promise.all([
    deathsOf(engine, reader, state),
    deadSince(engine, reader, state),
  ]);
  return { state, deaths, deadSinceMs };
}

/** Only of one that has something to deliver: a lane that nobody needs says nothing of today. */
async function deathsOf(
  { locks, settings }: Engine,
  reader: Reader,
  state: SubscriptionState,
): Promise<number> {
  const { backlog, inFlight, retrying } = state;
  if (!isPushable(reader) || backlog + inFlight + retrying === 0) return 0;
  const lanes = Array.from({ length: laneCount(reader, settings.laneWidth) }, (_, lane) => lane);
  const { subscription } = reader;
  return Math.max(
    0,
    ...(await Promise.all(lanes.map((lane) => locks.deaths(laneName({ subscription, lane }))))),
  );
}

async function deadSince(
  { deadLetters, clock }: Engine,
  { subscription }: Reader,
  state: SubscriptionState,
): Promise<number | undefined> {
  if (state.deadLetters === 0) return undefined;
  const { items } = await deadLetters.list(subscription, { nowMs: clock.nowMs() }, { limit: 1 });
  return items[0]?.deadLetteredAtMs;
}
