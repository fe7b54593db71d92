import { joins } from "../../domain/collecting.js";
import type { Doorbell, News } from "../../domain/pump-start.js";
import { isPushable } from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { canBeTaken } from "./has-work.js";
import { ringsFor } from "./rings-for.js";
import { keepRoster, pushedTo } from "./roster.js";
import { type NotStarted, startMany } from "./start-many.js";
import type { Starting } from "./start-pumps.js";

/**
 * A topic whose last doorbell this process answered longer ago has no pump at work, as far as it can tell. Asking every
 * lane would cost more than the few starts that find their lane held.
 */
const MAY_RUN_FOR_MS = 60_000;

/** What a process remembers of the doorbells that it answered. */
interface Rung {
  readonly mayRun: boolean;
  readonly gapMs?: number;
}

/**
 * Answers the log's doorbells by starting pumps that may have new messages to deliver. Only the topic and the partition
 * are taken from a doorbell, so one that rings twice, late or out of order does no harm. The rest of it saves the pump
 * some reads.
 * @returns the doorbells that could not be answered, to be repeated.
 */
export async function dispatch<Bell extends Doorbell>(
  engine: Engine,
  doorbells: readonly Bell[],
): Promise<readonly Bell[]> {
  const topics = new Map<string, Bell[]>();
  for (const bell of doorbells) topics.set(bell.topic.uid, [...(topics.get(bell.topic.uid) ?? []), bell]);
  const failed = await Promise.all([...topics.values()].map((bells) => ring(engine, bells)));
  return failed.flat();
}

async function ring<Bell extends Doorbell>(engine: Engine, bells: readonly Bell[]): Promise<readonly Bell[]> {
  const [first] = bells;
  if (!first) return [];
  try {
    const readAtMs = engine.clock.nowMs();
    const found = await engine.topics.getCounted(first.topic.name);
    if (found?.topic.uid !== first.topic.uid) return [];
    const { topic } = found;
    const rung = remember(engine, topic.uid);
    const pushed = await pushedTo(engine, found);
    const isRung = ringsFor(engine, bells, pushed.subscriptions);
    const wanted = pushed.subscriptions
      .filter(
        (subscription) =>
          isPushable({ topic, subscription }) &&
          !isAnswered(engine, bells, subscription) &&
          isRung(subscription),
      )
      .map((subscription) => {
        const ringing = { reader: { topic, subscription }, readAtMs, bells, rung };
        return { subscription, starting: startingFor(engine, ringing) };
      });
    const [notStarted] = await Promise.all([startMany(engine, wanted), keepRoster(engine, topic, pushed)]);
    if (notStarted.length === 0) return [];
    answerFor(engine, bells, pushed.subscriptions, notStarted);
    throw notStarted[0]?.error;
  } catch (error) {
    engine.telemetry.event("doorbell-failed", "warn", { topic: first.topic.name, error: String(error) });
    return bells;
  }
}

/** Whether all of these were answered for it before, though not for some others. */
const isAnswered = ({ caches }: Engine, bells: readonly Doorbell[], { uid }: Subscription): boolean =>
  bells.every((bell) => caches.answeredFor.get(bell)?.has(uid));

/** Of a thousand pumps of which one did not start, only that one is to be started again. */
function answerFor(
  { caches }: Engine,
  bells: readonly Doorbell[],
  all: readonly Subscription[],
  notStarted: readonly NotStarted[],
): void {
  const left = new Set(notStarted.map(({ subscription }) => subscription.uid));
  const answered = new Set(all.flatMap(({ uid }) => (left.has(uid) ? [] : [uid])));
  for (const bell of bells) caches.answeredFor.set(bell, answered);
}

function remember({ caches, clock }: Engine, uid: string): Rung {
  const nowMs = clock.nowMs();
  const before = caches.rungAtMs.get(uid);
  caches.rungAtMs.set(uid, nowMs);
  if (before === undefined) return { mayRun: false };
  const gapMs = Math.max(0, nowMs - before);
  return { mayRun: gapMs < MAY_RUN_FOR_MS, gapMs };
}

interface Ringing {
  readonly reader: Reader;
  readonly readAtMs: number;
  readonly bells: readonly Doorbell[];
  readonly rung: Rung;
}

/** Starts the pump with what is known here, unless the new messages have to wait. */
const startingFor = (engine: Engine, { reader, readAtMs, bells, rung }: Ringing): Starting => ({
  isWanted: () => canBeTaken(engine, reader, [...new Set(bells.map(({ partition }) => partition))]),
  hints: {
    ...newsOf(bells),
    known: { ...reader, readAtMs },
    ...(rung.gapMs === undefined ? {} : { gapMs: rung.gapMs }),
  },
  mayRun: rung.mayRun,
  orOnItsWay: true,
  joins: (collecting) => joins(collecting, reader.subscription, bells, engine.clock.nowMs()),
});

/** The furthest end of each partition; nothing if one of them is not known. */
function newsOf(bells: readonly Doorbell[]): { news?: readonly News[] } {
  const ends = new Map<number, number>();
  for (const { partition, end } of bells) {
    if (end === undefined) return {};
    ends.set(partition, Math.max(end, ends.get(partition) ?? 0));
  }
  return { news: [...ends].map(([partition, end]) => ({ partition, end })) };
}
