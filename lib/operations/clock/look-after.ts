import { isCollected } from "../../domain/collecting.js";
import { isPushable } from "../../domain/lane.js";
import { type Mark, isYoung, nextLookMs } from "../../domain/mark.js";
import type { Reader } from "../../domain/reader.js";
import { nextOffset } from "../../domain/slot.js";
import type { Topic } from "../../domain/topic.js";
import { liftHolds } from "../consume/lift-holds.js";
import type { Engine } from "../engine.js";
import { noteFilter } from "../filter-in-force.js";
import { type End, endsOf } from "../log/anchors.js";
import { setMark } from "../log/announce.js";
import { everySubscription } from "../lookup.js";
import { type Work, workOf } from "../push/has-work.js";
import { tryToStart } from "../push/start-pumps.js";
import { orTell, tellSweepFailed } from "./or-tell.js";
import { Backlogs } from "./tell-backlog.js";

/** A look sooner than this needs no note: the sweep comes by then anyway. */
const WORTH_A_NOTE_MS = 60_000;
/** Of records that may have a key hold though it should not. The next look goes on. */
const LIFTED_PAGES = 10;
const LIFTING_MS = 5_000;

/**
 * Looks after a topic that has a mark: a lost doorbell or a dead pump delays messages only until the next sweep.
 * Removes the mark once there is nothing to look after. Its version makes that safe: news sets a mark with another
 * version, and news of this mark is no longer on its way.
 */
export async function lookAfter(engine: Engine, mark: Mark): Promise<void> {
  const { topics, marks, clock } = engine;
  // The mark's age counts as the look begins: news that lands while it goes on is not seen.
  const nowMs = clock.nowMs();
  if (mark.nextLookMs !== undefined && mark.nextLookMs > nowMs) return;
  await orTell(engine, { topic: mark.topic.name }, async () => {
    const topic = await topics.get(mark.topic.name);
    const isGone = topic?.uid !== mark.topic.uid;
    const left = isGone ? "nothing" : await lookAndTell(engine, topic);
    if (isYoung(mark, nowMs) || left === "busy") return;
    if (left === "nothing") return void (await marks.remove(mark));
    const atMs = Math.min(left.untilMs, nextLookMs(mark, nowMs));
    if (atMs - nowMs > WORTH_A_NOTE_MS) await marks.putOff(mark, atMs);
  });
}

/**
 * Looks at a topic whether it has a mark or not, so that news that came after its mark was removed is found within a
 * day. Retires the anchors of partitions that store nothing any more.
 */
export async function lookOver(engine: Engine, topic: Topic): Promise<void> {
  await orTell(engine, { topic: topic.name }, async () => {
    await checkAnchors(engine, topic);
    if ((await engine.marks.get(topic)) !== undefined) return;
    if ((await lookAt(engine, topic)) !== "nothing") await setMark(engine, topic);
  });
}

/**
 * What is left to look after. `busy`: there is work, or may be at any moment. With `untilMs`, everything that is left
 * waits for a consumer, for the end of a pause, or until then.
 */
type Left = "nothing" | "busy" | { readonly untilMs: number };

async function lookAndTell(engine: Engine, topic: Topic): Promise<Left> {
  const backlogs = new Backlogs(engine, topic);
  const left = await lookAt(engine, topic, backlogs);
  backlogs.tell();
  return left;
}

async function lookAt(engine: Engine, topic: Topic, backlogs?: Backlogs): Promise<Left> {
  const names = { topic: topic.name };
  const ends = await endsAsFarAsRead(engine, topic);
  const lefts: Left[] = [];
  const readAtMs = engine.clock.nowMs();
  for await (const subscriptions of everySubscription(engine, topic)) {
    // What this process remembers of another filter is not what is left by this one.
    for (const subscription of subscriptions) noteFilter(engine, subscription, readAtMs);
    lefts.push(
      ...(await Promise.all(
        subscriptions.map((subscription) =>
          lookAtSubscription(engine, { topic, subscription }, ends, backlogs),
        ),
      )),
    );
  }
  await orTell(engine, names, () => noteColdTails(engine, topic, ends));
  if (lefts.includes("busy") || [...ends.values()].some(({ isCold }) => !isCold)) return "busy";
  const waiting = lefts.flatMap((left) => (typeof left === "string" ? [] : [left.untilMs]));
  return waiting.length === 0 ? "nothing" : { untilMs: Math.min(...waiting) };
}

/** A partition whose tail cannot be read costs the others no wake-up, and keeps the mark. */
const endsAsFarAsRead = (engine: Engine, topic: Topic): Promise<ReadonlyMap<number, End>> =>
  endsOf(engine, topic, (error) => tellSweepFailed(engine, { topic: topic.name }, error));

async function lookAtSubscription(
  engine: Engine,
  reader: Reader,
  ends: ReadonlyMap<number, End>,
  backlogs: Backlogs | undefined,
): Promise<Left> {
  const names = { topic: reader.topic.name, subscription: reader.subscription.name };
  let found: Work | undefined;
  const left = await orTell(engine, names, async (): Promise<Left> => {
    await liftHolds(engine, reader, {
      pagesAtMost: LIFTED_PAGES,
      untilMs: engine.clock.nowMs() + LIFTING_MS,
    });
    const work = await workOf(engine, reader, ends);
    found = work;
    const nowMs = engine.clock.nowMs();
    if (work.isOver) return "nothing";
    if (!isPushable(reader)) return { untilMs: Infinity };
    if (work.isThere) {
      // What waits for a batch window has its timer; if that is lost, a later sweep finds the window over.
      const isDue = (work.nextDueMs ?? Infinity) <= nowMs;
      const started = await tryToStart(engine, reader.subscription, {
        joins: (collecting) => !isDue && isCollected(collecting, reader.subscription, work.ahead, nowMs),
      });
      return started.kind === "asleep" ? { untilMs: started.untilMs } : "busy";
    }
    return { untilMs: work.nextDueMs ?? Infinity };
  });
  // Its pump is on its way already.
  const work = found;
  if (work) await orTell(engine, names, async () => backlogs?.add(reader, work));
  return left ?? "busy";
}

/** A noted tail does not have to be read again until something new comes. */
async function noteColdTails(engine: Engine, topic: Topic, ends: ReadonlyMap<number, End>): Promise<void> {
  await Promise.all(
    [...ends].map(async ([partition, { isCold, anchor, tail }]) => {
      if (isCold && tail) await engine.log.noteTail({ topic, partition }, anchor.version, tail);
    }),
  );
}

/**
 * Compares what the anchors say with the tails themselves. A plain put that landed long after its caller gave up has
 * raised no version, so this raises it. A partition that stores nothing any more counts as unused, so that one burst
 * does not make a topic dear for good.
 */
async function checkAnchors(engine: Engine, topic: Topic): Promise<void> {
  const { log, clock } = engine;
  for (const [partition, { offset, isCold, anchor, tail: justRead }] of await endsAsFarAsRead(
    engine,
    topic,
  )) {
    if (!isCold || justRead) continue;
    const ref = { topic, partition };
    await orTell(engine, { topic: topic.name, partition: String(partition) }, async () => {
      const tail = await log.tail(ref);
      if (tail && offset > 0 && nextOffset(tail) > offset)
        await log.raise(ref, anchor.version, clock.nowMs());
      if (!tail && offset === 0) await log.retire(ref, anchor.version);
    });
  }
}
