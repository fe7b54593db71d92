import { type ReadMessage, isUnreadable } from "../../../lib/domain/reading.js";
import type { Offset } from "../../../lib/domain/slot.js";
import type { Reading } from "../../../lib/operations/read/read-messages.js";
import type { World } from "../world.js";
import { type LogChecker, labelIn } from "./log-checker.js";
import type { Logged } from "./partition-log.js";

/** Two clocks apart, and a read that is under way meanwhile. */
const SKEW_MS = 250_000;
/** So long before the end a message was there that each reader must have seen. */
const SEEN_WITHIN_MS = 120_000;
/** Offsets that lie so far apart belong to a partition that was left to expire in between. */
const JUMP = 50 * 60 * 1_000_000;

/** What somebody selects, by which he is known. */
export interface Selecting {
  readonly topic: string;
  readonly key?: string;
}

/** What a reader has seen who goes on from cursor to cursor: everything of a partition up to an offset. */
export interface Followed {
  readonly uid: string | undefined;
  /** When it began; what was there before may have been left out. */
  readonly sinceMs: number;
  readonly upTo: ReadonlyMap<number, Offset>;
}

export type PageRead = Reading & { readonly from: unknown; readonly sinceMs: number };

/** Holds readers without a subscription to the log: each message once, in order, none left out. */
export class ReadingChecker {
  readonly #readers = new Map<Selecting, Followed>();
  /** Where nothing goes wrong, whoever is told that nothing is left has seen all. */
  isCalm = false;

  constructor(
    private readonly world: World,
    private readonly log: LogChecker,
  ) {}

  /** A page that came, behind what was followed so far; gives what is followed by then. */
  read(who: Selecting, before: Followed | undefined, page: PageRead): Followed {
    const followed = before ?? {
      uid: undefined,
      sinceMs: page.from === "earliest" ? -Infinity : this.world.nowMs,
      upTo: new Map<number, Offset>(),
    };
    let { uid } = followed;
    const upTo = new Map(followed.upTo);
    for (const message of page.messages) {
      const address = this.log.addressOf(message.id);
      if (!address) continue;
      uid ??= address.topic.uid;
      if (uid !== address.topic.uid) this.#violation(`${message.id} is of another life of its topic`);
      const { partition, offset } = address;
      const last = upTo.get(partition);
      if (last !== undefined && offset <= last)
        this.#violation(`${message.id} came behind ${last}, to a reader who goes on from cursor to cursor`);
      const log = this.log.of(address);
      this.#isAsPublished(message, log.at(offset));
      const left = log.between(last === undefined ? 0 : last + 1, offset);
      this.#leftOut(who, followed, left);
      if (last !== undefined && offset - last < JUMP) this.#missed(left, page.missed);
      upTo.set(partition, offset);
    }
    const now = { ...followed, uid, upTo };
    if (page.isEnd && this.isCalm) this.#atEnd(who, now, page.sinceMs);
    this.world.count("read-without-a-subscription", page.messages.length);
    if (page.missed > 0) this.world.count("reader-missed");
    return now;
  }

  /** Where a reader goes on from; undefined: he begins anew. */
  noted(who: Selecting, followed: Followed | undefined): void {
    if (followed) this.#readers.set(who, followed);
    else this.#readers.delete(who);
  }

  /** Once nothing goes wrong any more, each has seen all. `liveUid`: of the present topic of a name. */
  atTheEnd(liveUid: (topic: string) => string | undefined): void {
    for (const [who, followed] of this.#readers) {
      const uid = liveUid(who.topic);
      // Who has seen nothing yet goes by the topic that there is.
      if (uid !== undefined && (followed.uid ?? uid) === uid)
        this.#atEnd(who, { ...followed, uid }, this.world.nowMs - SEEN_WITHIN_MS);
    }
  }

  #atEnd(who: Selecting, followed: Followed, beforeMs: number): void {
    for (const { ref, from } of this.#logsOf(followed)) {
      const left = from(followed.upTo.get(ref.partition)).filter(({ atMs }) => atMs < beforeMs);
      this.#leftOut(who, followed, left);
    }
  }

  #logsOf({ uid }: Followed) {
    return [...this.log.partitions.values()]
      .filter(({ ref }) => ref.topic.uid === uid)
      .map((log) => ({
        ref: log.ref,
        from: (seen: Offset | undefined) => log.from(seen === undefined ? 0 : seen + 1),
      }));
  }

  /** Nothing that lives is left out. */
  #leftOut({ key }: Selecting, { sinceMs }: Followed, messages: readonly Logged[]): void {
    const left = messages.find(
      (one) =>
        one.atMs >= sinceMs &&
        (key === undefined || one.key === key) &&
        Math.min(one.expiresAtMs, one.headerExpiresAtMs) > this.world.nowMs + SKEW_MS,
    );
    if (left) this.#violation(`${left.id} (${left.label}) was left out`);
  }

  /** What was past its retention is told of. */
  #missed(messages: readonly Logged[], missed: number): void {
    const old = messages.filter((one) => one.slotExpiresAtMs < this.world.nowMs - SKEW_MS);
    if (old.length > 0 && missed === 0) this.#violation(`${old.length} expired unread, and nobody said so`);
  }

  #isAsPublished(message: ReadMessage, logged: Logged | undefined): void {
    const { id } = message;
    if (!logged) return this.#violation(`${id} is not in the log, or expired long ago`);
    if (logged.expiresAtMs < this.world.nowMs - (logged.graceMs ?? SKEW_MS))
      this.#violation(`${id} was read after its expiry`);
    if (isUnreadable(message)) {
      if (!this.log.isUnreadable(logged) && !this.log.hasFailedForLong(logged))
        this.#violation(`${id} is told as unreadable, and nothing is wrong with it`);
    } else if (logged.label !== "?" && labelIn(message) !== logged.label)
      this.#violation(`${id} came as ${labelIn(message)}, and is ${logged.label}`);
  }

  #violation(text: string): void {
    this.world.violation("reading", text);
  }
}
