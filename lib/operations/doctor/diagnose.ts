import { InvalidRequest } from "../../domain/errors.js";
import type { Finding } from "../../domain/finding.js";
import { cursorBehind, keyIn } from "../../domain/page.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { getTopic } from "../manage/topics.js";
import { aboutSubscription } from "./about-subscription.js";
import { clockFindings } from "./clock-findings.js";
import { looked } from "./look.js";
import { outboxFindings } from "./outbox-findings.js";
import { judgeSubscription } from "./subscription-findings.js";
import { topicFindings } from "./topic-findings.js";

/** No look begins later: where much is open, one takes seconds, and a request has half a minute. */
const LOOKING_MS = 10_000;
const TOPICS_PAGE = 25;
/** Looks under way at once: a look must not be what is wrong. */
const AT_ONCE = 8;

export interface DiagnosisRequest {
  /** The only one to look at. @default all */
  readonly topic?: string;
  /** So old may a message be that is not done. */
  readonly maxAgeMs: number;
  /** About as many topics and subscriptions are looked at. */
  readonly limit: number;
  /** `nextCursor` of an answer before. */
  readonly cursor?: string;
}

export interface Diagnosis {
  readonly looked: { readonly topics: number; readonly subscriptions: number };
  readonly findings: readonly Finding[];
  /** Where to go on; opaque. undefined: all was looked at. */
  readonly nextCursor?: string;
}

/** Where a look goes on. `page` is that of the topics, `after` the last topic that is done. */
interface Place {
  readonly page?: string;
  readonly after?: string;
  /** A topic that was looked at itself, and some of its subscriptions. */
  readonly within?: { readonly topic: string; readonly page?: string };
}

/**
 * Looks for what is wrong, from where the answer before ended: first at the queue itself, then topic by topic, each
 * with its subscriptions. What one look finds does not depend on another, and what cannot be read is a finding. So what
 * changes meanwhile may be missed or told of as it was, and nothing else.
 * @throws {TopicNotFound} for the topic that is asked for
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function diagnose(engine: Engine, request: DiagnosisRequest): Promise<Diagnosis> {
  return await new Looking(engine, request).look();
}

class Looking {
  readonly #findings: Finding[] = [];
  #topics = 0;
  #subscriptions = 0;
  readonly #untilMs: number;

  constructor(
    private readonly engine: Engine,
    private readonly request: DiagnosisRequest,
  ) {
    this.#untilMs = engine.clock.nowMs() + LOOKING_MS;
  }

  async look(): Promise<Diagnosis> {
    const { topic: name, cursor } = this.request;
    const from = cursor === undefined ? {} : placeIn(cursor, name);
    const only = name === undefined ? undefined : await getTopic(this.engine, name);
    if (cursor === undefined) await this.#lookAtQueue();
    const left = only ? await this.#lookAtOne(only, from) : await this.#lookAtAll(from);
    return {
      looked: { topics: this.#topics, subscriptions: this.#subscriptions },
      findings: this.#findings,
      ...(left ? { nextCursor: cursorBehind(JSON.stringify(left)) } : {}),
    };
  }

  get #hasRoom(): boolean {
    const done = this.#topics + this.#subscriptions;
    return done === 0 || (done < this.request.limit && this.engine.clock.nowMs() < this.#untilMs);
  }

  async #lookAtQueue(): Promise<void> {
    const found = await Promise.all([
      looked(this.engine, {}, () => clockFindings(this.engine)),
      looked(this.engine, {}, () => outboxFindings(this.engine, this.request.maxAgeMs)),
    ]);
    this.#findings.push(...found.flat());
  }

  async #lookAtAll({ page, after, within }: Place): Promise<Place | undefined> {
    let cursor = page;
    let done = after;
    do {
      const { items, nextCursor } = await this.engine.topics.list({ limit: TOPICS_PAGE, ...at(cursor) });
      for (const topic of items) {
        if (done !== undefined && topic.name <= done) continue;
        const goesOn = within?.topic === topic.name ? within : undefined;
        const place = {
          ...(cursor === undefined ? {} : { page: cursor }),
          ...(done === undefined ? {} : { after: done }),
        };
        if (!this.#hasRoom) return { ...place, ...(goesOn ? { within: goesOn } : {}) };
        const left = await this.#lookAtOne(topic, goesOn ? { within: goesOn } : {});
        if (left) return { ...place, ...left };
        done = topic.name;
      }
      cursor = nextCursor;
    } while (cursor !== undefined);
    return undefined;
  }

  /** A topic, and its subscriptions from there on. */
  async #lookAtOne(topic: Topic, { within }: Place): Promise<Place | undefined> {
    const isMarked = this.request.topic !== undefined || (await this.#isMarked(topic));
    if (!within) {
      const found = await looked(this.engine, { topic: topic.name }, () =>
        topicFindings(this.engine, topic, this.#limits),
      );
      this.#topics++;
      this.#findings.push(...found);
    }
    let page = within?.page;
    do {
      if (!this.#hasRoom) return { within: { topic: topic.name, ...(page === undefined ? {} : { page }) } };
      page = await this.#lookAtSome(topic, page, isMarked);
    } while (page !== undefined);
    return undefined;
  }

  /** If that cannot be read, what is idle is looked at as well. */
  async #isMarked(topic: Topic): Promise<boolean> {
    try {
      return (await this.engine.marks.get(topic)) !== undefined;
    } catch {
      return true;
    }
  }

  async #lookAtSome(topic: Topic, page: string | undefined, isMarked: boolean): Promise<string | undefined> {
    const { items, nextCursor } = await this.engine.subscriptions.list(topic, {
      limit: AT_ONCE,
      ...at(page),
    });
    const found = await Promise.all(
      items.map((subscription) => {
        const reader = { topic, subscription };
        return looked(this.engine, { topic: topic.name, subscription: subscription.name }, async () =>
          judgeSubscription(reader, await aboutSubscription(this.engine, reader, isMarked), this.#limits),
        );
      }),
    );
    this.#subscriptions += items.length;
    this.#findings.push(...found.flat());
    return nextCursor;
  }

  get #limits() {
    return { nowMs: this.engine.clock.nowMs(), maxAgeMs: this.request.maxAgeMs };
  }
}

const at = (cursor: string | undefined): { readonly cursor?: string } =>
  cursor === undefined ? {} : { cursor };

/** @throws {InvalidRequest} for a cursor that is not of these answers, or of another topic's */
function placeIn(cursor: string, topic: string | undefined): Place {
  const place = parsed(keyIn(cursor, (key) => parsed(key) !== undefined));
  if (!place || (topic !== undefined && place.within?.topic !== topic))
    throw new InvalidRequest([
      { path: "cursor", detail: "is of another look: use the nextCursor of this one" },
    ]);
  return place;
}

function parsed(text: string): Place | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlace(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== "object" || value === null) return false;
  const { page, after, within } = value as { page?: unknown; after?: unknown; within?: unknown };
  const inside = (within ?? {}) as { topic?: unknown; page?: unknown };
  return (
    [page, after, inside.page].every((text) => text === undefined || typeof text === "string") &&
    (within === undefined || typeof inside.topic === "string")
  );
}
