import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { type SubscriptionState, asleepOf, stateWith } from "./subscription-state.js";

/**
 * The state of a subscription whose topic has no mark. All of its log is consumed, so nothing of that is read: the
 * counts that are left cost a few small reads, however many partitions there are.
 */
export const idleState = async (engine: Engine, { subscription }: Reader): Promise<SubscriptionState> =>
  await stateWith(engine, subscription, await asleepOf(engine, subscription), []);
