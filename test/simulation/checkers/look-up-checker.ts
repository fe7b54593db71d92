import type { SluiceError } from "../../../lib/domain/errors.js";
import type { FoundMessage, TracedMessage } from "../../../lib/domain/found-message.js";
import { isUnreadable } from "../../../lib/domain/reading.js";
import type { TopicRef } from "../../../lib/domain/topic.js";
import type { World } from "../world.js";
import type { JournalChecker } from "./journal-checker.js";
import type { DelayedChecker } from "./delayed-checker.js";
import { type LogChecker, labelIn } from "./log-checker.js";
import type { Logged } from "./partition-log.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** Two clocks apart, and a look that is under way meanwhile. */
const SKEW_MS = 250_000;
/** Mostly what has moved a moment ago is looked for. */
const RECENT = 40;

/** A message that is there as somebody begins to look for it. */
export interface Sought {
  readonly id: string;
  readonly topic: TopicRef;
  /** Where it lies in the log; undefined: it is not due yet. */
  readonly logged: Logged | undefined;
}

/** A subscription in which the message has not ended, and in which epoch that is. */
interface OpenIn {
  readonly watched: Watched;
  readonly epoch: number;
}

interface Known {
  readonly log: LogChecker;
  readonly places: PlaceChecker;
  readonly delayed: DelayedChecker;
  readonly journals: JournalChecker;
  isLive(topic: TopicRef): boolean;
  live(): readonly Watched[];
}

/** A message that is there is found, as it is; a trace calls none over that is open before and after it. */
export class LookUpChecker {
  constructor(
    private readonly world: World,
    private readonly known: Known,
  ) {}

  /** One that is there, of a topic that lives. */
  pick(): Sought | undefined {
    const { log, delayed } = this.known;
    const later = delayed.waiting;
    if (later.length > 0 && this.world.chance(0.3)) {
      const { id, topic } = this.world.pick(later);
      return this.known.isLive(topic) ? { id, topic, logged: undefined } : undefined;
    }
    const logs = [...log.partitions.values()].filter(({ ref }) => this.known.isLive(ref.topic));
    const of = logs.length > 0 ? this.world.pick(logs) : undefined;
    const recent = of?.from(0).slice(-RECENT) ?? [];
    if (!of || recent.length === 0) return undefined;
    const logged = this.world.pick(recent);
    return { id: logged.id, topic: of.ref.topic, logged };
  }

  openIn({ topic, logged }: Sought): readonly OpenIn[] {
    const all = this.known.live().filter(({ subscription }) => subscription.topic.uid === topic.uid);
    return all
      .filter((watched) => logged && this.#isOpen(watched, logged))
      .map((watched) => ({ watched, epoch: watched.subscription.epoch }));
  }

  #isOpen(watched: Watched, logged: Logged): boolean {
    const { places } = this.known;
    const { operated, redriven } = watched;
    if (operated.has(logged.id) || redriven.has(logged.id) || this.#mayHaveExpired(logged)) return false;
    if (logged.offset < places.startHead(watched, logged.partition)) return false;
    if (places.filters.mayLeaveOut(watched, logged)) return false;
    return places.isOpen(watched, logged, places.head(watched, logged.partition));
  }

  #mayHaveExpired({ expiresAtMs, headerExpiresAtMs }: Logged): boolean {
    return Math.min(expiresAtMs, headerExpiresAtMs) < this.world.nowMs + SKEW_MS;
  }

  found(sought: Sought, found: FoundMessage): void {
    const logged = sought.logged ?? this.#published(sought.id);
    this.world.count(`looked-up-${found.state}`);
    if (found.id !== sought.id) this.#violation(`${sought.id} was asked for, and ${found.id} came`);
    if (found.state === "scheduled" && sought.logged === undefined) return;
    // Only who erases makes it so: the checker of that holds it to what was said.
    if (found.state === "erased" && logged?.graceMs !== undefined) return;
    if (found.state === "dead-letter" && logged && this.#isPast(logged)) return;
    if (found.state !== "published" || !logged)
      return this.#violation(`${sought.id} is told to be ${found.state}, and is not`);
    const { message } = found;
    if (message.offset !== logged.offset || message.partition !== logged.partition)
      this.#violation(`${sought.id} is told to lie at ${message.partition}, ${message.offset}`);
    if (!isUnreadable(message)) {
      if (logged.label !== "?" && labelIn(message) !== logged.label)
        this.#violation(`${sought.id} came as ${labelIn(message)}, and is ${logged.label}`);
    } else if (!this.known.log.isUnreadable(logged) && !this.known.log.hasFailedForLong(logged))
      this.#violation(`${sought.id} is told as unreadable, and nothing is wrong with it`);
  }

  #published(id: string): Logged | undefined {
    const { log } = this.known;
    const address = log.addressOf(id);
    return address && log.of(address).at(address.offset);
  }

  #isPast({ slotExpiresAtMs }: Logged): boolean {
    return slotExpiresAtMs < this.world.nowMs + SKEW_MS;
  }

  refused(sought: Sought, { code }: SluiceError): void {
    if (code !== "message-not-found" && code !== "topic-not-found") return;
    const logged = sought.logged ?? this.#published(sought.id);
    if (!this.known.isLive(sought.topic)) return;
    if (logged ? this.#isPast(logged) : !this.known.delayed.waiting.some(({ id }) => id === sought.id))
      return;
    this.#violation(`${sought.id} is there, and was not found`);
  }

  traced(sought: Sought, before: readonly OpenIn[], items: readonly TracedMessage[]): void {
    const { logged } = sought;
    if (!logged) return;
    for (const { subscription, journal } of items)
      if (journal) this.known.journals.told(subscription, logged, journal);
    for (const { watched, epoch } of before) {
      const { subscription, isDeleted } = watched;
      const traced = items.find((one) => one.subscription === subscription.name);
      if (!traced || isDeleted || epoch !== subscription.epoch || !this.#isOpen(watched, logged)) continue;
      this.world.count(`traced-${traced.kind}`);
      if (traced.kind === "open" || traced.kind === "unknown") continue;
      this.#violation(`${sought.id} is open in ${subscription.name}, and is told as ${traced.kind}`);
    }
  }

  #violation(text: string): void {
    this.world.violation("look-up", text);
  }
}
