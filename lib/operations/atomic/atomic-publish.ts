import type { Refusal } from "../../domain/append-outcome.js";
import type { Claim } from "../../domain/beside.js";
import { dedupClaim, dedupIdsOf } from "../../domain/dedup.js";
import { Conflict, SluiceError, StorageUnavailable, Throttled } from "../../domain/errors.js";
import { idOf } from "../../domain/message-id.js";
import type { PublishResult, Stored } from "../../domain/publish-result.js";
import type { KeyScope, SentRequest } from "../../domain/sent-request.js";
import { togetherClaim } from "../../domain/sent-together.js";
import type { AppendPart, DelayPart, TogetherOutcome } from "../../domain/together.js";
import type { Topic } from "../../domain/topic.js";
import { backOff } from "../contention.js";
import { type Copied, copyOf, fewAtOnce, scheduled } from "../delay/delay-messages.js";
import { delayedTimer, startClockFor } from "../delay/delayed-timer.js";
import type { Engine } from "../engine.js";
import { APPEND_ATTEMPTS, LOST_EVERY_RACE_RETRY_MS } from "../log/append.js";
import { type PlacedSlot, Placing } from "../log/placing.js";
import { choosing } from "../publish/append-messages.js";
import { repeatOf } from "../publish/append-once.js";
import { currentOf } from "../publish/pack.js";
import { answeredThen } from "./answered-then.js";
import { type Addressed, type SlotPlan, slotsOf } from "./atomic-plan.js";

/** A transaction has many slots, and 4 MB: a larger limit for slots does not count for them. */
const INLINE_LIMIT_BYTES = 10_240;

/** A slot of the request, on its way to its place. */
interface Part extends SlotPlan {
  readonly placing: Placing;
}

interface PlacedPart extends SlotPlan {
  readonly placed: PlacedSlot;
}

/** What one attempt puts, and whose each of its claims is. */
interface Attempt {
  readonly slots: readonly PlacedPart[];
  readonly appends: readonly AppendPart[];
  readonly delays: readonly DelayPart[];
  /** By slot, then by part of delayed messages: the places of the messages that claim there, in the order of claims. */
  readonly claiming: readonly (readonly number[])[];
}

/** One publish that is all or nothing. */
export class AtomicPublish {
  /** By place: what is stored, or is a repeat. */
  readonly #results = new Map<number, PublishResult>();
  readonly #topics: ReadonlySet<Topic>;
  #delayed: ReadonlyMap<number, Copied> = new Map();
  #parts: readonly Part[] = [];

  /** `own`: the places of the messages that are no repeats of others among them. */
  constructor(
    private readonly engine: Engine,
    private readonly all: readonly Addressed[],
    private readonly own: readonly number[],
    private readonly request: (SentRequest & { readonly scope: KeyScope }) | undefined,
  ) {
    this.#topics = new Set(own.map((place) => this.#at(place).topic));
  }

  /** The result of each of the own messages. */
  async publish(): Promise<ReadonlyMap<number, PublishResult>> {
    await this.#prepare();
    for (let attempt = 1; attempt <= APPEND_ATTEMPTS; attempt++) {
      // However many partitions it needs at once: a random pause decides who is next.
      if (attempt > 1) await backOff(this.engine, attempt - 1);
      await this.#assertOpen();
      const left = this.own.filter((place) => !this.#results.has(place));
      if (left.length === 0) return await this.#allRepeats();
      const placed = await Promise.all(this.#parts.map((part) => this.#placed(part)));
      const slots = placed.filter((one) => one !== undefined);
      if (slots.length < placed.length) continue;
      const plan = this.#attempt(slots, left);
      const outcome = await this.#put(plan);
      if (outcome?.kind === "stored") return await this.#stored(plan, attempt);
      const before = outcome && this.#answeredBefore(outcome.delays.at(-1) ?? []);
      if (before) return before;
      if (outcome) await this.#beaten(plan, outcome);
    }
    return this.#gaveUp();
  }

  #at(place: number): Addressed {
    return this.all[place] as Addressed;
  }

  /** What is uploaded is uploaded before anything refers to it. */
  async #prepare(): Promise<void> {
    const { engine, own } = this;
    const scheduledAtMs = engine.clock.nowMs();
    const later = own.filter((place) => this.#at(place).deliverAtMs !== undefined);
    const copies = await fewAtOnce(later, (place) => {
      const { topic, content, deliverAtMs = 0 } = this.#at(place);
      return copyOf(engine, topic, { content, deliverAtMs }, scheduledAtMs, place);
    });
    const failed = copies.find((copy) => copy instanceof SluiceError);
    if (failed) throw failed;
    this.#delayed = new Map(later.map((place, at) => [place, copies[at] as Copied]));
    this.#parts = await Promise.all(slotsOf(this.all, own).map((slot) => this.#partOf(slot)));
  }

  async #partOf({ topic, partition, places }: SlotPlan): Promise<Part> {
    const { engine } = this;
    const contents = places.map((place) => this.#at(place).content);
    const choose = choosing(engine, topic, partition, contents.length);
    const limit = Math.min(engine.settings.inlineLimitBytes, INLINE_LIMIT_BYTES);
    return {
      ...{ topic, partition, places },
      placing: await Placing.of(engine, topic, contents, choose, limit),
    };
  }

  /** A tail that somebody else has moved is read anew, right before the transaction. */
  async #placed({ placing, ...slot }: Part): Promise<PlacedPart | undefined> {
    const placed = await placing.place(placing.hasHopped || placing.losses > 0);
    return placed && { ...slot, placed };
  }

  /** Each of them may have been paused, deleted or made anew since the last attempt. */
  async #assertOpen(): Promise<void> {
    for (const topic of this.#topics) {
      const current = await currentOf(this.engine, topic);
      if (current instanceof SluiceError) throw current;
    }
  }

  #attempt(slots: readonly PlacedPart[], left: readonly number[]): Attempt {
    const nowMs = this.engine.clock.nowMs();
    const later = left.filter((place) => this.#delayed.has(place));
    const topics = [...this.#topics].filter((topic) =>
      later.some((place) => this.#at(place).topic === topic),
    );
    const byTopic = topics.map((topic) => later.filter((place) => this.#at(place).topic === topic));
    const delays = byTopic.map((places) => this.#delayPart(places, nowMs));
    const claiming = [...slots.map(({ places }) => places), ...byTopic].map((places) =>
      places.flatMap((place) => this.#dedupIds(place).map(() => place)),
    );
    const appends = slots.map(({ placed, ...slot }): AppendPart => ({
      ...placed,
      beside: this.#claims({ ...slot, placed }),
    }));
    return { slots, appends, delays: [...delays, ...this.#keyPart(slots, nowMs)], claiming };
  }

  #dedupIds(place: number): readonly string[] {
    const { topic, content } = this.#at(place);
    return dedupIdsOf(topic, content);
  }

  /** By the slot's own time, which is what all later ones are compared with. */
  #claims({ topic, places, placed: { partition, slot } }: PlacedPart): readonly Claim[] {
    return places.flatMap((place, index): readonly Claim[] => {
      const first = this.#storedAt(place, partition.partition, slot, index);
      return this.#dedupIds(place).map((id) => dedupClaim(topic, id, first, slot.publishedAtMs));
    });
  }

  #storedAt(place: number, partition: number, slot: PlacedSlot["slot"], index: number): Stored {
    const { topic, content } = this.#at(place);
    const id = idOf(content, { topic, partition, offset: slot.base + index });
    return { kind: "published", id, publishedAtMs: slot.publishedAtMs };
  }

  /** Each attempt draws other timers at random: others may be at work on the same ones. */
  #delayPart(places: readonly number[], nowMs: number): DelayPart {
    const { topic } = this.#at(places[0] as number);
    const delayed = places.map((place) => this.#copyAt(place).delayed);
    const times = [...new Set(delayed.map(({ dueMs }) => dueMs))];
    const claims = places.flatMap((place): readonly Claim[] => {
      const first = scheduled(this.#copyAt(place).delayed);
      return this.#dedupIds(place).map((id) => dedupClaim(topic, id, first, nowMs));
    });
    return {
      ...{ topic, delayed, claims, nowMs },
      timers: times.map((dueMs) => delayedTimer(this.engine, topic, dueMs)),
    };
  }

  #copyAt(place: number): Copied {
    return this.#delayed.get(place) as Copied;
  }

  /** The request's key, which holds what all of its messages are answered. It comes last. */
  #keyPart(slots: readonly PlacedPart[], nowMs: number): readonly DelayPart[] {
    const claim = this.#keyClaim(slots, nowMs);
    const [topic] = this.#topics;
    return claim && topic ? [{ topic, delayed: [], timers: [], claims: [claim], nowMs }] : [];
  }

  #keyClaim(slots: readonly PlacedPart[], nowMs: number): Claim | undefined {
    const { request } = this;
    if (!request) return undefined;
    const listed = new Map(this.#results);
    for (const [place, { delayed }] of this.#delayed)
      if (!listed.has(place)) listed.set(place, scheduled(delayed));
    const stored = slots.map(({ topic, places, placed: { partition, slot } }) => ({
      ...{ topic, partition: partition.partition, base: slot.base },
      ...{ publishedAtMs: slot.publishedAtMs, indexes: places },
    }));
    return togetherClaim(request.scope, request, { slots: stored, listed }, nowMs);
  }

  /** undefined: another writer was at work on one of the items, and nothing is stored. */
  async #put({ appends, delays }: Attempt): Promise<TogetherOutcome | undefined> {
    try {
      return await this.engine.log.appendAll({ appends, delays });
    } catch (error) {
      for (const { placing } of this.#parts) placing.forget();
      if (error instanceof Conflict) return undefined;
      throw error;
    }
  }

  async #stored({ slots }: Attempt, attempts: number): Promise<ReadonlyMap<number, PublishResult>> {
    for (const { places, placed } of slots)
      places.forEach((place, index) => {
        const { partition, slot } = placed;
        this.#results.set(place, this.#storedAt(place, partition.partition, slot, index));
      });
    const due: number[] = [];
    for (const [place, { delayed }] of this.#delayed) {
      if (this.#results.has(place)) continue;
      this.#results.set(place, scheduled(delayed));
      due.push(delayed.dueMs);
    }
    await this.#placesTold(slots);
    if (due.length > 0) await startClockFor(this.engine, Math.min(...due));
    const { telemetry } = this.engine;
    if (attempts > 1) telemetry.event("atomic-publish-contended", "info", this.#about(attempts));
    return this.#results;
  }

  /** All is stored by now: an error of this must not say that nothing is. */
  async #placesTold(slots: readonly PlacedPart[]): Promise<void> {
    try {
      for (const [at, { placing }] of this.#parts.entries())
        await placing.stored((slots[at] as PlacedPart).placed);
    } catch (error) {
      throw new StorageUnavailable("marking the topics of a publish", { cause: error });
    }
  }

  /** The request was stored before, where the claim of its key was refused. */
  #answeredBefore(refusals: readonly Refusal[]): ReadonlyMap<number, PublishResult> | undefined {
    const [refusal] = refusals;
    if (!this.request || !refusal) return undefined;
    return answeredThen(this.request, this.own, refusal.value);
  }

  /** There is nothing to store but the request's key, which stands for it all the same. */
  async #allRepeats(): Promise<ReadonlyMap<number, PublishResult>> {
    const { engine, request } = this;
    const nowMs = engine.clock.nowMs();
    const claim = this.#keyClaim([], nowMs);
    const known = claim && (await engine.log.claim(claim, nowMs));
    return request && known ? answeredThen(request, this.own, known.value) : this.#results;
  }

  /** Repeats are left out of the next attempt, and whoever lost its place looks for another one. */
  async #beaten(
    { claiming }: Attempt,
    { appends, delays }: Extract<TogetherOutcome, { kind: "beaten" }>,
  ): Promise<void> {
    appends.forEach((outcome, at) => {
      if (outcome?.kind === "refused") this.#repeats(claiming[at] ?? [], outcome.refusals);
      else if (outcome) this.#parts[at]?.placing.beaten(outcome);
    });
    delays.forEach((refusals, at) => this.#repeats(claiming[appends.length + at] ?? [], refusals));
    const parts = this.#parts.map(async (part) => {
      const places = part.places.filter((place) => !this.#results.has(place));
      return places.length === part.places.length ? part : await this.#partOf({ ...part, places });
    });
    this.#parts = (await Promise.all(parts)).filter(({ places }) => places.length > 0);
  }

  #repeats(claiming: readonly number[], refusals: readonly Refusal[]): void {
    for (const { index, value } of refusals) {
      const result = repeatOf(value);
      if (result.kind === "failed") throw result.error;
      const place = claiming[index] as number;
      if (!this.#results.has(place)) this.#results.set(place, result);
    }
  }

  #gaveUp(): never {
    this.engine.telemetry.event("atomic-publish-gave-up", "warn", this.#about(APPEND_ATTEMPTS));
    throw new Throttled("a publish that is all or nothing", LOST_EVERY_RACE_RETRY_MS);
  }

  #about(attempts: number) {
    const topics = [...this.#topics].map((topic) => topic.name).sort();
    return { topics, slots: this.#parts.length, attempts };
  }
}
