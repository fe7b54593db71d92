import { assertFits } from "../../domain/atomic.js";
import type { PublishResult } from "../../domain/publish-result.js";
import type { KeyScope, SentRequest } from "../../domain/sent-request.js";
import { repeated, tellRepeats } from "../delay/publish-or-delay.js";
import type { TopicDraft } from "../delay/publish-to-topics.js";
import type { Engine } from "../engine.js";
import { AtomicPublish } from "./atomic-publish.js";
import { addressed, firstsAmong, writesOf } from "./atomic-plan.js";
import { assertFitting } from "./assert-fitting.js";

/** A request that may be sent again; `topics`: it names them itself. */
export interface KeyedRequest extends SentRequest {
  readonly scope: "topic" | "topics";
}

/**
 * Publishes messages to one or several topics, or stores those that are to be published later: all of them or none, in
 * one transaction. Returns one result for each, in their order; none is `failed`. Of those with the same dedupId only
 * the first is stored. With `request`, what the same request stored within a day is answered as it was then.
 * @throws {TopicNotFound} {TopicPaused} {InvalidRequest} {SchemaViolated} {AtomicTooLarge} {IdempotencyKeyReused}, and
 * {Throttled} if it was beaten each time: then nothing is stored.
 * @throws {StorageUnavailable} if it is not known whether all of it is
 */
export async function publishAtomically(
  engine: Engine,
  drafts: readonly TopicDraft[],
  request?: KeyedRequest,
): Promise<readonly PublishResult[]> {
  const all = await addressed(engine, drafts);
  await assertFitting(engine, all);
  const firsts = firstsAmong(all);
  const own = [...all.keys()].filter((place) => firsts[place] === place);
  assertFits(writesOf(all, own, request !== undefined));
  const scope: KeyScope = request?.scope === "topic" && all[0] ? all[0].topic : "topics";
  const stored = await new AtomicPublish(engine, all, own, request && { ...request, scope }).publish();
  const results: PublishResult[] = [];
  firsts.forEach((first, place) => {
    results.push(first === place ? (stored.get(place) as PublishResult) : repeated(results[first]));
  });
  for (const topic of new Set(all.map((one) => one.topic)))
    tellRepeats(
      engine,
      topic,
      results.filter((_, place) => all[place]?.topic === topic),
    );
  return results;
}
