import type { Ownable } from "../../lib/domain/ownership.js";
import type { Engine } from "../../lib/operations/engine.js";
import type { Names } from "./request.js";

/** What a construct names, if it is there. */
export async function foundBy(
  { topics, subscriptions, schedules }: Engine,
  { topic: name, subscription, schedule }: Names,
): Promise<Ownable | undefined> {
  const topic = await topics.get(name);
  if (!topic) return undefined;
  if (subscription !== undefined) return await subscriptions.get(topic, subscription);
  return schedule === undefined ? topic : await schedules.get(topic, schedule);
}
