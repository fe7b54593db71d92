import type { Beside, Claim } from "../../domain/beside.js";
import { DEDUP_IDS_AT_MOST, dedupClaim, dedupIdsOf, firstIn } from "../../domain/dedup.js";
import { Conflict, IdempotencyKeyReused, SluiceError } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import type { MessageContent } from "../../domain/message.js";
import { idOf } from "../../domain/message-id.js";
import type { PublishResult, Stored } from "../../domain/publish-result.js";
import { type RequestPart, requestClaim, resultsIn } from "../../domain/sent-request.js";
import type { Slot } from "../../domain/slot.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { appendBeside } from "../log/append.js";
import { choosing } from "./append-messages.js";

/**
 * Appends those of `contents` as one slot whose dedupIds nobody has used within the topic's window, and gives one
 * result for each. Each dedupId is among them once. The slot's transaction claims their ids, so of all who publish one
 * at the same time a single one stores it, and a repeat whose first answer was lost finds it. With `part`, they are a
 * part of a request that may be sent again.
 */
export async function appendOnce(
  engine: Engine,
  topic: Topic,
  contents: readonly MessageContent[],
  partition: number | undefined,
  part?: RequestPart,
): Promise<readonly PublishResult[] | SluiceError> {
  try {
    return await new Once(engine, topic, contents, part).append(partition);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

class Once {
  readonly #results: (PublishResult | undefined)[];

  constructor(
    private readonly engine: Engine,
    private readonly topic: Topic,
    private readonly contents: readonly MessageContent[],
    private readonly part: RequestPart | undefined,
  ) {
    this.#results = contents.map(() => undefined);
  }

  /** Each try leaves out at least one message more. */
  async append(partition: number | undefined): Promise<readonly PublishResult[]> {
    for (let tries = 0; tries <= DEDUP_IDS_AT_MOST; tries++) {
      const left = [...this.contents.keys()].filter((place) => this.#results[place] === undefined);
      if (left.length === 0) return await this.#allRepeats();
      const outcome = await this.#try(left, partition);
      if (outcome.kind === "appended") {
        left.forEach((place, index) => {
          this.#results[place] = this.#storedAt(place, outcome.partition, outcome.slot, index);
        });
        return this.#ended();
      }
      const claiming = left.flatMap((place) => this.#idsOf(place).map(() => place));
      const known = outcome.refusals.find(({ index }) => index === claiming.length);
      if (known && this.part) return answeredBefore(this.topic, this.part, known.value);
      for (const { index, value } of outcome.refusals)
        this.#results[claiming[index] as number] ??= repeatOf(value);
    }
    throw new Conflict("deduplicating messages");
  }

  /** There is no slot to keep the request's key, which stands for it all the same. */
  async #allRepeats(): Promise<readonly PublishResult[]> {
    const { engine, topic, part } = this;
    const results = this.#ended();
    return part ? await claimAnswers(engine, topic, part, results) : results;
  }

  async #try(left: readonly number[], partition: number | undefined) {
    const { engine, topic } = this;
    const contents = left.map((place) => this.contents[place] as MessageContent);
    const choose = choosing(engine, topic, partition, contents.length);
    return await appendBeside(engine, topic, contents, choose, (at, slot) => this.#claims(left, at, slot));
  }

  /** By the slot's own time, which is what all later ones are compared with. */
  #claims(left: readonly number[], partition: number, slot: Slot): readonly Beside[] {
    const request = this.#requestClaim(partition, slot);
    const ids = left.flatMap((place, index): readonly Claim[] => {
      const first = this.#storedAt(place, partition, slot, index);
      return this.#idsOf(place).map((id) => dedupClaim(this.topic, id, first, slot.publishedAtMs));
    });
    return [...ids, ...request];
  }

  /** Repeats by their dedupIds are listed in it, since they are not in this slot. */
  #requestClaim(partition: number, { base, publishedAtMs }: Slot): readonly Claim[] {
    const { topic, part } = this;
    if (!part) return [];
    const listed = new Map<number, PublishResult>();
    this.#results.forEach((result, place) => {
      if (result) listed.set(part.indexes[place] as number, result);
    });
    const place = { partition, base, publishedAtMs };
    return [requestClaim(topic, part, { place, listed }, publishedAtMs)];
  }

  #idsOf(place: number): readonly string[] {
    return dedupIdsOf(this.topic, this.contents[place] as MessageContent);
  }

  #storedAt(place: number, partition: number, slot: Slot, index: number): Stored {
    const { topic } = this;
    const id = idOf(this.contents[place] as MessageContent, { topic, partition, offset: slot.base + index });
    return { kind: "published", id, publishedAtMs: slot.publishedAtMs };
  }

  #ended(): readonly PublishResult[] {
    return this.#results.map((result) => {
      invariant(result !== undefined, "each message has its result");
      return result;
    });
  }
}

/** Keeps what a part of a request is answered, where nothing is stored; answers what was kept before. */
export async function claimAnswers(
  { log, clock }: Engine,
  topic: Topic,
  part: RequestPart,
  results: readonly PublishResult[],
): Promise<readonly PublishResult[]> {
  if (results.some(({ kind }) => kind === "failed")) return results;
  const listed = new Map(results.map((result, at) => [part.indexes[at] as number, result]));
  const nowMs = clock.nowMs();
  const known = await log.claim(requestClaim(topic, part, { listed }, nowMs), nowMs);
  return known ? answeredBefore(topic, part, known.value) : results;
}

/** @throws {IdempotencyKeyReused} {Conflict} if what is there cannot be read */
export function answeredBefore(
  topic: Topic,
  part: RequestPart,
  value: string | undefined,
): readonly PublishResult[] {
  const results = resultsIn(topic, part, value);
  if (results === "other") throw new IdempotencyKeyReused();
  if (!results) throw new Conflict("answering a request that was sent again");
  return results;
}

/** The result of a message whose claim was refused. If what is there cannot be read, that costs no other message. */
export function repeatOf(value: string | undefined): PublishResult {
  const first = firstIn(value);
  if (!first) return { kind: "failed", error: new Conflict("deduplicating a message") };
  return { ...first, isRepeat: true };
}
