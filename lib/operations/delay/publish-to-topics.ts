import { Conflict, IdempotencyKeyReused, SluiceError } from "../../domain/errors.js";
import type { PublishResult } from "../../domain/publish-result.js";
import type { SentRequest } from "../../domain/sent-request.js";
import { severalClaim, togetherResultsIn } from "../../domain/sent-together.js";
import type { Engine } from "../engine.js";
import { throwIfStorageFailedAll } from "../publish/publish.js";
import { type Draft, publishOrDelay } from "./publish-or-delay.js";

/** A message of a publish to several topics. */
export interface TopicDraft extends Draft {
  readonly topic: string;
}

/** Topics that are published to side by side. */
const TOPICS_AT_ONCE = 16;

/**
 * Publishes messages to several topics, each topic's as a publish of its own: what fails in one says nothing of the
 * others. Returns one result for each, in their order. With `request`, what was stored by the same request within a day
 * is not stored again, and answered as it was then.
 * @throws {IdempotencyKeyReused}, and the store's own error if it kept every message from being stored
 */
export async function publishToTopics(
  engine: Engine,
  drafts: readonly TopicDraft[],
  request?: SentRequest,
): Promise<readonly PublishResult[]> {
  if (request) await claimKey(engine, request);
  const topics = [...new Set(drafts.map(({ topic }) => topic))];
  const results = new Map<number, PublishResult>();
  for (let from = 0; from < topics.length; from += TOPICS_AT_ONCE) {
    const some = topics.slice(from, from + TOPICS_AT_ONCE);
    await Promise.all(
      some.map(async (topic) => {
        const own = drafts.flatMap((draft, at) => (draft.topic === topic ? [{ draft, at }] : []));
        const contents = own.map(({ draft }) => draft);
        const each = await publishEach(engine, topic, contents, request && ofTopic(request));
        own.forEach(({ at }, index) => results.set(at, each[index] as PublishResult));
      }),
    );
  }
  const all = drafts.map((_, at) => results.get(at) as PublishResult);
  throwIfStorageFailedAll(all);
  return all;
}

/** Before anything is stored: of another request under the same key nothing is. */
async function claimKey({ log, clock }: Engine, request: SentRequest): Promise<void> {
  const nowMs = clock.nowMs();
  const known = await log.claim(severalClaim(request, nowMs), nowMs);
  if (!known) return;
  const before = togetherResultsIn(request, [], known.value);
  if (before === "other") throw new IdempotencyKeyReused();
  if (!before) throw new Conflict("answering a request that was sent again");
}

/** No caller's key has a line break, so none is taken for one that was sent to the topic itself. */
const ofTopic = ({ key, fingerprint }: SentRequest): SentRequest => ({ key: `\n${key}`, fingerprint });

async function publishEach(
  engine: Engine,
  topic: string,
  drafts: readonly Draft[],
  request: SentRequest | undefined,
): Promise<readonly PublishResult[]> {
  try {
    return await publishOrDelay(engine, topic, drafts, request);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return drafts.map(() => ({ kind: "failed", error }));
  }
}
