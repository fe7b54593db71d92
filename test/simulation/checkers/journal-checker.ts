import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import type { Journaled } from "../../../lib/domain/found-message.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { AttemptOutcome, JournalEntry } from "../../../lib/domain/journal.js";
import type { Reader } from "../../../lib/domain/reader.js";
import type { Offset } from "../../../lib/domain/slot.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { Settlement } from "../../../lib/operations/consume/settle.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/** A message that was handed out, in which subscription. */
interface HandedIn {
  readonly subscription: SubscriptionRef;
  readonly message: Handed;
}

interface Placed {
  readonly partition: number;
  readonly offset: Offset;
  readonly attempt: number;
}

/**
 * A journal tells of no attempt that did not end that way; where nothing goes wrong, of each that a target answered, or
 * of which a consumer said something. What a target did not take is no attempt.
 */
export class JournalChecker {
  /** Whether the topic is traced: otherwise nothing is looked at. */
  isOn = false;
  /** Whether nothing goes wrong, so that nothing is missing in the end. */
  isCalm = false;
  /** How each attempt ended, as those know who had the messages. */
  readonly #ended = new Set<string>();
  readonly #written = new Set<string>();
  /** Attempts that have to be told of, where nothing goes wrong. */
  readonly #expected = new Set<string>();
  /** By name of the subscription: all of its lives. */
  readonly #lives = new Map<string, Set<string>>();
  readonly #byReceipt = new Map<string, HandedIn>();

  constructor(private readonly world: World) {}

  /** A target has answered. */
  delivered({ subscription, topic }: Reader, messages: readonly Handed[], outcome: DeliveryOutcome): void {
    if (!this.isOn || outcome.kind === "unavailable") return;
    for (const message of messages) {
      const ended = endOf(message, outcome);
      this.#ends(subscription, message, ended);
      // With ordering, what comes after a failure of its key comes again, though its handler took it.
      if (ended === "done" && topic.ordering === "key") this.#forgive(subscription, message);
    }
  }

  /** A consumer has got these. */
  handed(subscription: SubscriptionRef | undefined, messages: readonly Handed[]): void {
    if (!this.isOn || !subscription) return;
    for (const message of messages) this.#byReceipt.set(message.receipt, { subscription, message });
  }

  /** A consumer is about to say so; whether that counts is another matter. */
  says(settlements: readonly Settlement[]): void {
    for (const { receipt, outcome } of settlements) {
      const got = this.#byReceipt.get(receipt);
      if (!got || outcome === "extend") continue;
      this.#ends(got.subscription, got.message, SAID[outcome]);
      // Its lease may have run out meanwhile.
      this.#forgive(got.subscription, got.message);
    }
  }

  after({ port, method, args }: Call): void {
    if (!this.isOn || port !== "journal" || method !== "write") return;
    const [subscription, { runs }] = args as [SubscriptionRef, JournalEntry];
    this.world.count("journaled");
    for (const { partition, from, to, attempt, outcome } of runs)
      for (let offset = from; offset < to; offset++) {
        const name = nameOf(subscription, { partition, offset, attempt }, outcome);
        this.#written.add(name);
        if (!this.#ended.has(name)) this.world.violation("journal", `${name} is told of, and never was`);
      }
  }

  /** Somebody has traced a message. */
  told(subscription: string, { partition, offset }: Omit<Placed, "attempt">, { attempts }: Journaled): void {
    const lives = [...(this.#lives.get(subscription) ?? [])];
    for (const { attempt, outcome, startedAtMs, endedAtMs } of attempts) {
      this.world.count("journal-read");
      const placed = { partition, offset, attempt };
      const isTrue = lives.some((key) => this.#ended.has(`${key} ${placeOf(placed)} ${outcome}`));
      if (!isTrue)
        this.world.violation("journal", `${subscription} is traced with ${placeOf(placed)} ${outcome}`);
      if (endedAtMs < startedAtMs)
        this.world.violation("journal", `${placeOf(placed)} ended before it began`);
    }
  }

  atTheEnd(): void {
    if (!this.isOn || !this.isCalm) return;
    for (const name of this.#expected)
      if (!this.#written.has(name)) this.world.violation("journal", `${name} is not told of`);
  }

  #ends(subscription: SubscriptionRef, placed: Placed, outcome: AttemptOutcome): void {
    const name = nameOf(subscription, placed, outcome);
    this.#ended.add(name);
    if (outcome === "done") this.#expected.add(name);
    const lives = this.#lives.get(subscription.name) ?? new Set();
    this.#lives.set(subscription.name, lives.add(subscriptionKey(subscription)));
  }

  #forgive(subscription: SubscriptionRef, placed: Placed): void {
    this.#expected.delete(nameOf(subscription, placed, "done"));
  }
}

const SAID = { ack: "done", retry: "failed", reject: "rejected" } as const satisfies Partial<
  Record<Settlement["outcome"], AttemptOutcome>
>;

function endOf({ id }: Handed, outcome: Exclude<DeliveryOutcome, { kind: "unavailable" }>): AttemptOutcome {
  if (outcome.kind === "failed") return "failed";
  if (!outcome.failedIds.has(id)) return "done";
  return outcome.said?.get(id)?.isRejected ? "rejected" : "failed";
}

const placeOf = ({ partition, offset, attempt }: Placed): string => `${partition} ${offset} ${attempt}`;

const nameOf = (subscription: SubscriptionRef, placed: Placed, outcome: AttemptOutcome): string =>
  `${subscriptionKey(subscription)} ${placeOf(placed)} ${outcome}`;
