import type { AcquireOutcome } from "../../../lib/domain/ports/locks.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { type Due } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import type { Offset } from "../../../lib/domain/slot.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import { TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { Logged } from "./partition-log.js";
import { type Mover, type Watched, leaseIdOf } from "./watched.js";
import { messagesIn } from "./messages-in.js";

/** A message and how often it was handed out, as a record says. */
interface Counted {
  readonly message: Logged;
  readonly attempt: number;
  /** Whether it waits in its lease behind others of its key: it was not handed out. */
  readonly isParked: boolean;
}

type MessagesOf = (partition: number, from: Offset, to: Offset) => readonly Logged[];

/**
 * `attempt` is 1 plus the times that a message was handed out before, as far as the store can know. Records know it: to
 * take a message by a lease counts one; what no handler has had since may go back as it was; nothing else changes the
 * count. What comes from the head was never handed out by a lease; a pump counts those before it that died with it, of
 * which its lock tells, and writes down no fewer than it told a handler.
 */
export class AttemptChecker {
  /** By lock: the most owners in a row that died. */
  readonly #deaths = new Map<string, number>();
  /** By process: when it took a lane last. What it had in hand before, it knows no more. */
  readonly #tookLaneAtMs = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly messagesOf: (ref: SubscriptionRef) => MessagesOf,
  ) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port !== "locks" || method !== "acquire") return;
    const acquired = outcome as AcquireOutcome;
    const name = args[0] as string;
    if (acquired.kind !== "acquired") return;
    this.#deaths.set(name, Math.max(this.#deaths.get(name) ?? 0, acquired.deaths));
  }

  /** A process was told: a call of it that lands after it gave up changes nothing that it knows. */
  answered(who: string, { method, args }: Call, outcome: unknown): void {
    if (method !== "acquire" || (outcome as AcquireOutcome).kind !== "acquired") return;
    if (args[0] !== TIMERS_LOCK) this.#tookLaneAtMs.set(who, this.world.nowMs);
  }

  /** A pump delivers these. `who` may be told later that its target took nothing. */
  delivers(who: string, watched: Watched | undefined, epoch: number, messages: readonly Handed[]): void {
    if (!watched) return;
    for (const message of messages) {
      const isOwned = leaseIdOf(watched, message) === undefined;
      const told = { who, atMs: this.world.nowMs, epoch, attempt: message.attempt };
      if (isOwned) watched.toldByOwners.set(message.id, told);
      else watched.toldByOwners.delete(message.id);
    }
  }

  /**
   * Whether a pump that owned a message writes it down with fewer attempts than it told the message's handler. What its
   * target did not take counts one less, and none if it waits for its key.
   */
  #isTooFew(who: string, watched: Watched, record: Due, { message, attempt, isParked }: Counted): boolean {
    const told = watched.toldByOwners.get(message.id);
    if (told?.who !== who || told.epoch !== record.epoch || isParked || attempt === 0) return false;
    if (told.atMs < (this.#tookLaneAtMs.get(who) ?? 0)) return false;
    return attempt < told.attempt - (record.kind === "lease" ? 0 : 1);
  }

  /** A move has put these records in the place of those. */
  moved({ name: who, nowMs }: Mover, watched: Watched, before: readonly Due[], put: readonly Due[]): void {
    const { subscription } = watched;
    const messagesOf = this.messagesOf(subscription);
    const counts = new Map<string, number>();
    const blocks = new Set<string>();
    const untaken = new Set<string>();
    for (const record of before) {
      for (const { message, attempt } of countedIn(record, messagesOf)) {
        counts.set(message.id, attempt);
        const isPushed = subscription.target.type !== "pull";
        if (isPushed && record.kind === "lease" && !isLater(watched, record, message))
          untaken.add(message.id);
      }
      // The owner of a block knows what it has handed out of it, and says so as it writes it down.
      if (isBlock(record) && this.#isStillIts(who, watched, record))
        for (const { message } of countedIn(record, messagesOf))
          if (isLater(watched, record, message)) blocks.add(message.id);
    }
    for (const record of put) {
      for (const counted of countedIn(record, messagesOf)) {
        const { message, attempt, isParked } = counted;
        const known = counts.get(message.id);
        if (known === undefined && this.#isTooFew(who, watched, record, counted)) {
          const told = watched.toldByOwners.get(message.id)?.attempt;
          const what = `${attempt} attempts of ${message.id} (${message.label}) in ${record.kind} ${record.id}`;
          this.world.violation("attempt", `${who} counts ${what}, and told its handler ${told}`);
        }
        const isOfBlock = blocks.has(message.id) && record.kind === "retry";
        const isCounted = (isTaken(record, before) && !isParked) || isOfBlock;
        // Its own block ran out by its clock: it took it as any other that is due, and put the rest back as it was.
        const mayBeRest = isOfBlock && record.dueMs <= nowMs;
        const returned = untaken.has(message.id) && !isCounted ? 1 : 0;
        const least = known === undefined ? 0 : known - returned + (isCounted && !mayBeRest ? 1 : 0);
        const most = known === undefined ? 1 + this.#deathsOf(subscription) : known + (isCounted ? 1 : 0);
        if (attempt >= least && attempt <= most) continue;
        const name = `${message.id} (${message.label}) of ${subscription.name}`;
        this.world.violation(
          "attempt",
          `${who} counts ${attempt} attempts of ${name} in ${record.kind} ${record.id}, it should be ${most}`,
        );
      }
    }
  }

  #isStillIts(who: string, { takers, leases }: Watched, { id }: Due): boolean {
    return takers.get(id) === who && (leases.get(id) ?? 0) >= (this.#tookLaneAtMs.get(who) ?? 0);
  }

  /** A consumer is told what the lease says that it has it by; a pump's own deliveries are first ones. */
  told({ subscription }: Watched, record: Due | undefined, { id, offset, attempt }: Handed): void {
    const span = record?.spans.find(({ from, to }) => from <= offset && offset < to);
    const most = span?.attempt ?? 1 + this.#deathsOf(subscription);
    if (attempt <= most && attempt >= (span?.attempt ?? 1)) return;
    this.world.violation("attempt", `${subscription.name} is told ${attempt} of ${id}, which is ${most}`);
  }

  #deathsOf(subscription: SubscriptionRef): number {
    const lanes = `${subscriptionKey(subscription)}#`;
    const deaths = [...this.#deaths].flatMap(([name, count]) => (name.startsWith(lanes) ? [count] : []));
    return Math.max(0, ...deaths);
  }
}

/** A lease of messages of which the store does not know whether they were handed out. */
const isBlock = ({ kind, spans }: Due): boolean =>
  kind === "lease" &&
  spans.some(({ attempt, parkedUntilMs }) => attempt === 0 && parkedUntilMs === undefined);

/** Whether a handler has had the message since the lease was taken. */
const isLater = ({ leases, handed }: Watched, { id }: Due, message: Logged): boolean =>
  (handed.get(message.id)?.atMs ?? -1) >= (leases.get(id) ?? 0);

/** A new lease hands out; one that is written again, or gets an item of its own, stays what it was. */
export const isTaken = ({ kind, id, version }: Due, before: readonly Due[]): boolean =>
  kind === "lease" && version === 1 && !before.some((record) => record.id === id);

const countedIn = (record: Due, messagesOf: MessagesOf): readonly Counted[] =>
  messagesIn(record).flatMap(({ from, to, attempt, parkedUntilMs }: Span) =>
    messagesOf(record.partition, from, to).map((message) => ({
      message,
      attempt,
      isParked: parkedUntilMs !== undefined,
    })),
  );
