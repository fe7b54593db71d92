import { type Bookmark, bookmarkIn, bookmarkText } from "../../domain/bookmark.js";
import { TopicNotFound } from "../../domain/errors.js";
import { type ReadMessage, type Selection, isUnreadable } from "../../domain/reading.js";
import type { StartFrom } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { Quiet } from "../log/quiet.js";
import { startingPlaces } from "../log/starting-places.js";
import { isTrouble } from "../log/troubles.js";
import { findTopic } from "../lookup.js";
import type { Bell } from "../news.js";
import { type PageRead, type PageRequest, isKnownToBePast, onlyPartition, readPage } from "./read-page.js";

export interface ReadRequest extends PageRequest {
  /** Where to begin, or the cursor to go on from. */
  readonly at: { readonly from: StartFrom } | { readonly cursor: string };
  readonly waitSeconds: number;
}

export interface Reading {
  readonly messages: readonly ReadMessage[];
  /** Where the next request goes on. */
  readonly nextCursor: string;
  /** Whether nothing was left a moment ago. */
  readonly isEnd: boolean;
  /** Messages behind the cursor that were past their retention before they were read. */
  readonly missed: number;
}

/** As those of a poll that receives (consume/receive.ts). */
const POLL_FROM_MS = 5;
const POLL_UP_TO_MS = 1_000;
/** How long a deleted topic may go unnoticed. */
const TOPIC_AGE_MS = 4_000;

/**
 * Reads a topic without a subscription. It writes nothing, counts no attempt, and does not heed pauses of deliveries.
 * If there is nothing, it waits as a receive does. One request does a bounded amount of work: it may answer fewer
 * messages than asked for, even none, and is then not at the end.
 * @throws {TopicNotFound}
 * @throws {InvalidRequest} for a cursor that is not valid, the id of no message, or a time in the future
 * @throws {StorageUnavailable} {Throttled} if there is nothing but what cannot be read now
 */
export async function readMessages(
  engine: Engine,
  topicName: string,
  request: ReadRequest,
  signal?: AbortSignal,
): Promise<Reading> {
  const topic = await findTopic(engine, topicName);
  const { at, selection } = request;
  const bookmark =
    "cursor" in at
      ? bookmarkIn(at.cursor, topic, selection)
      : { places: await beginning(engine, topic, at.from, selection), turn: 0 };
  const bell = engine.news.open(topic.uid);
  const leaves = (): void => bell.ring();
  signal?.addEventListener("abort", leaves);
  try {
    return await poll(engine, topic, bookmark, request, { bell, signal });
  } finally {
    signal?.removeEventListener("abort", leaves);
    bell.close();
  }
}

/** A partition that comes into use later is read from its beginning. */
async function beginning(
  engine: Engine,
  topic: Topic,
  from: StartFrom,
  selection: Selection,
): Promise<Bookmark["places"]> {
  const only = onlyPartition(topic, selection);
  const options = { path: "from", isText: true, ...(only === undefined ? {} : { only }) };
  if (from !== "earliest") {
    const places = await startingPlaces(engine, topic, from, options);
    return new Map(Object.entries(places).map(([partition, place]) => [Number(partition), place]));
  }
  const inUse =
    only === undefined ? [...(await engine.log.anchors(topic, { consistent: true })).keys()] : [only];
  return new Map(inUse.map((partition) => [partition, { head: 0, slotBase: 0 }]));
}

interface Wait {
  readonly bell: Bell;
  readonly signal: AbortSignal | undefined;
}

async function poll(
  engine: Engine,
  topic: Topic,
  from: Bookmark,
  request: ReadRequest,
  { bell, signal }: Wait,
): Promise<Reading> {
  const { clock } = engine;
  const untilMs = clock.nowMs() + request.waitSeconds * 1_000;
  const isLast = (): boolean => clock.nowMs() >= untilMs || signal?.aborted === true;
  const quiet = new Quiet(engine);
  // One partition is looked at for less than the mark and the anchors take.
  const isWatched = onlyPartition(topic, request.selection) === undefined;
  let bookmark = from;
  let missed = 0;
  let topicReadAtMs = clock.nowMs();
  let hasNews = true;
  for (let pauseMs = POLL_FROM_MS; ; pauseMs = Math.min(POLL_UP_TO_MS, pauseMs * 2)) {
    if (clock.nowMs() - topicReadAtMs >= TOPIC_AGE_MS) {
      topicReadAtMs = clock.nowMs();
      if ((await findTopic(engine, topic.name, 0)).uid !== topic.uid) throw new TopicNotFound(topic.name);
    }
    const rung = bell.next();
    if (!(await quiet.isSure(topic))) {
      const look = () => readUnlessTroubled(engine, topic, bookmark, request, hasNews);
      const page =
        isWatched && !isLast()
          ? await quiet.watch(topic, look, (found) => hasReadAll(engine, topic, found))
          : await look();
      bookmark = page.bookmark;
      missed += page.missed;
      if (page.messages.length > 0 || page.isCut || isLast()) {
        if (page.trouble instanceof Error && page.messages.length === 0 && !page.isCut) throw page.trouble;
        return answerOf(engine, topic, request.selection, { ...page, missed });
      }
    } else pauseMs = POLL_UP_TO_MS;
    const atEnd = { messages: [], bookmark, missed, isEnd: true };
    if (isLast()) return answerOf(engine, topic, request.selection, atEnd);
    await clock.sleep(Math.min(pauseMs, untilMs - clock.nowMs()), rung);
    hasNews = rung.aborted;
    if (hasNews) {
      quiet.forget();
      pauseMs = POLL_FROM_MS / 2;
    }
  }
}

/** What fails as a whole is told as if each partition had: the next look may succeed. */
async function readUnlessTroubled(...asked: Parameters<typeof readPage>): Promise<PageRead> {
  try {
    return await readPage(...asked);
  } catch (trouble) {
    if (!isTrouble(trouble)) throw trouble;
    return { messages: [], bookmark: asked[2], isEnd: false, isCut: false, missed: 0, trouble };
  }
}

const hasReadAll = (engine: Engine, topic: Topic, { messages, isEnd, bookmark }: PageRead): boolean =>
  messages.length === 0 && isEnd && isKnownToBePast(engine, topic, bookmark);

function answerOf(
  { telemetry }: Engine,
  topic: Topic,
  selection: Selection,
  { messages, bookmark, isEnd, missed }: Pick<PageRead, "messages" | "bookmark" | "isEnd" | "missed">,
): Reading {
  const unreadable = messages.filter(isUnreadable).length;
  if (missed > 0) telemetry.event("messages-missed", "warn", { topic: topic.name, messages: missed });
  if (unreadable > 0)
    telemetry.event("messages-unreadable", "error", { topic: topic.name, messages: unreadable });
  return { messages, nextCursor: bookmarkText(bookmark, topic, selection), isEnd, missed };
}
