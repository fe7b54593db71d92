import type { CloudFormationCustomResourceDeleteEvent } from "aws-lambda";
import { isDeepStrictEqual } from "node:util";
import type { Claim, Ownership } from "../../lib/domain/ownership.js";
import { release } from "../../lib/domain/ownership.js";
import type { SubscriptionSettings } from "../../lib/domain/subscription.js";
import type { TopicSettings } from "../../lib/domain/topic.js";
import type { Engine } from "../../lib/operations/engine.js";
import { everySubscription } from "../../lib/operations/lookup.js";
import { deleteSchedule, handBackSchedule } from "../../lib/operations/manage/schedules.js";
import { changeSubscription, deleteSubscription } from "../../lib/operations/manage/subscriptions.js";
import { changeTopic, deleteTopic } from "../../lib/operations/manage/topics.js";
import type { Outcome } from "./answer.js";
import { foundBy } from "./found.js";
import { NOTHING, type Names, declarationIn, isOlder, namesIn, ownerIn } from "./request.js";
import { type Refused, answering, attemptUntil, codeOf, isOk } from "./send.js";

/** How often a topic looks whether its last subscriptions, which the same stack deletes, are gone. */
const LOOK_MS = 2_000;

type Event = CloudFormationCustomResourceDeleteEvent;

/**
 * Deletes what belongs to the construct. What it has taken over in a deployment that is rolled back goes back to its
 * former owner, with its settings; what somebody else has taken over stays.
 */
export async function remove(engine: Engine, event: Event, deadlineMs: number): Promise<Outcome> {
  const { PhysicalResourceId: physicalId } = event;
  const names = namesOf(event);
  if (!names) return { kind: "done", physicalId };
  return await attemptUntil(engine, deadlineMs, physicalId, () => attempt(engine, event, names));
}

/**
 * CloudFormation makes a physical id up if it never heard of one, because our answer was lost: then what the construct
 * names may have been made for it.
 */
function namesOf({ PhysicalResourceId, ResourceProperties }: Event): Names | undefined {
  if (PhysicalResourceId.startsWith("/")) return namesIn(PhysicalResourceId);
  if (PhysicalResourceId.startsWith(`${NOTHING}/`) || isOlder(ResourceProperties)) return undefined;
  return declarationIn(ResourceProperties).names;
}

async function attempt(engine: Engine, event: Event, names: Names): Promise<Outcome | Refused> {
  const physicalId = event.PhysicalResourceId;
  const found = await foundBy(engine, names);
  if (!found) return { kind: "done", physicalId };
  const { ownership } = found;
  const released = release(ownership, ownerIn(event), isOlder(event.ResourceProperties));
  if (released.kind === "leave") {
    const note = "nothing was deleted: what the construct had does not belong to it, or not any more";
    return { kind: "done", physicalId, notes: [note] };
  }
  const isStill = (now: Ownership | undefined): boolean => isDeepStrictEqual(now, ownership);
  const answer = await answering(async () => {
    if (released.kind === "delete") return await deleted(engine, names, isStill);
    const claim: Claim = (now) => (isStill(now) ? released.ownership : "lost");
    await changed(engine, names, released.kind === "hand-back" ? released.settings : undefined, claim);
  });
  if (isOk(answer) || codeOf(answer).endsWith("-not-found")) return { kind: "done", physicalId };
  const retryAfterMs =
    codeOf(answer) === "topic-has-subscriptions" && (await hasOnlyOwn(engine, names, event)) ? LOOK_MS : 0;
  return { kind: "refused", answer, ...(retryAfterMs > 0 ? { retryAfterMs } : {}) };
}

async function deleted(engine: Engine, names: Names, isStill: (now: Ownership | undefined) => boolean) {
  const { topic, subscription, schedule } = names;
  if (subscription !== undefined) await deleteSubscription(engine, topic, subscription, isStill);
  else if (schedule !== undefined) await deleteSchedule(engine, topic, schedule, isStill);
  else await deleteTopic(engine, topic, isStill);
}

/** Partitions are never taken away, and the ordering is fixed. `kept`: settings, as claims were given them. */
async function changed(engine: Engine, names: Names, kept: string | undefined, claim: Claim): Promise<void> {
  const { topic, subscription, schedule } = names;
  if (schedule !== undefined) return await handBackSchedule(engine, topic, schedule, kept, claim);
  const settings = kept === undefined ? {} : (JSON.parse(kept) as object);
  if (subscription === undefined) {
    const { partitions: _, ordering: __, ...change } = settings as Partial<TopicSettings>;
    // Settings of before are all of them: without a schema among them, there was none.
    const isWhole = change.description !== undefined;
    await changeTopic(engine, topic, isWhole ? { ...change, schema: change.schema ?? null } : change, claim);
    return;
  }
  const change = settings as Partial<SubscriptionSettings>;
  const { target } = change;
  await changeSubscription(
    engine,
    topic,
    subscription,
    {
      ...change,
      ...(target ? { filter: change.filter ?? null } : {}),
      ...(target?.type === "https" ? { secretArn: target.secretArn ?? null } : {}),
    },
    claim,
  );
}

/**
 * CloudFormation may delete a topic that was replaced before its subscriptions. Those of this stack go, too: they are
 * worth waiting for.
 */
async function hasOnlyOwn(engine: Engine, names: Names, { StackId }: Event): Promise<boolean> {
  const topic = await engine.topics.get(names.topic);
  if (!topic) return true;
  for await (const page of everySubscription(engine, topic)) {
    if (page.some((one) => one.ownership?.owner.stackId !== StackId)) return false;
  }
  return true;
}
