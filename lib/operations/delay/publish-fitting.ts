import { InvalidRequest } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { PublishResult } from "../../domain/publish-result.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { bodyFaults, tellRefused } from "../publish/body-faults.js";

const ALONE =
  "is not stored, because another message of this request does not fit the topic's schema: " +
  "with an Idempotency-Key, all have to";

/**
 * Stores those of `drafts` whose bodies fit the topic's schema, by `store`, and gives one result for each of all. Of a
 * request that may be sent again all have to fit: a schema can be changed between two tries, which then would divide
 * the messages differently into parts, and store some twice.
 */
export async function publishFitting<D extends { readonly content: MessageContent }>(
  engine: Engine,
  topic: Topic,
  drafts: readonly D[],
  isKeyed: boolean,
  store: (fitting: readonly D[]) => Promise<readonly PublishResult[]>,
): Promise<readonly PublishResult[]> {
  if (topic.schema === undefined) return await store(drafts);
  const faults = await bodyFaults(
    engine,
    topic,
    drafts.map(({ content }) => content),
  );
  tellRefused(engine, topic, faults);
  if (faults.every((fault) => fault === undefined)) return await store(drafts);
  const fitting = isKeyed ? [] : drafts.filter((_, at) => faults[at] === undefined);
  const stored = (fitting.length > 0 ? await store(fitting) : []).values();
  return faults.map((fault): PublishResult => {
    if (fault) return { kind: "failed", error: fault };
    const result = stored.next();
    return result.done ? notAlone() : result.value;
  });
}

const notAlone = (): PublishResult => ({
  kind: "failed",
  error: new InvalidRequest([{ path: "", detail: ALONE }]),
});
