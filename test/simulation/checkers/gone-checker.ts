import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/** As long as two clocks are apart at the most: by one the time is over so much sooner or later than by another. */
const MARGIN_MS = 120_000;

/** Pumps know of other settings by then. */
const HEARD_OF_MS = 5_000;

interface Answers {
  /** When the last call was made that was answered otherwise. */
  otherAtMs: number;
  /** When it was said first that it is gone, of the calls since. */
  goneSinceMs: number | undefined;
  /** When its settings were changed last. */
  changedAtMs: number;
  /** When it was said first that it is gone, of the calls since and since those settings are known. */
  dueFromMs: number | undefined;
  /** How often it said so once the time was over. */
  late: number;
}

/**
 * A target that says for long enough that it is gone has its subscription disabled; one that says anything else in
 * between has not. That nothing is delivered then is the pause checker's.
 */
export class GoneChecker {
  /** Subscriptions to which nothing happens but that their target is gone for a while. */
  looksAt: ReadonlySet<string> = new Set();
  readonly #answers = new Map<string, Answers>();
  readonly #disabled = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly goneForMs: number,
  ) {}

  isDisabled(ref: SubscriptionRef): boolean {
    return this.#disabled.has(subscriptionKey(ref));
  }

  /** A target was called at that time, and answered now. */
  answered(ref: SubscriptionRef, outcome: DeliveryOutcome, calledAtMs: number): void {
    const answers = this.#answersOf(ref);
    const { nowMs } = this.world;
    if (outcome.kind !== "unavailable" || outcome.reason !== "gone") {
      answers.otherAtMs = Math.max(answers.otherAtMs, calledAtMs);
      if (answers.goneSinceMs !== undefined && answers.goneSinceMs <= calledAtMs)
        answers.goneSinceMs = undefined;
      answers.dueFromMs = undefined;
      return;
    }
    if (calledAtMs > answers.otherAtMs) answers.goneSinceMs ??= calledAtMs;
    if (calledAtMs > Math.max(answers.otherAtMs, answers.changedAtMs + HEARD_OF_MS))
      answers.dueFromMs ??= nowMs;
    this.#lookWhetherLate(ref, answers);
  }

  /** It is disabled by the first answer behind the time, so there is no second one. */
  #lookWhetherLate({ name }: SubscriptionRef, answers: Answers): void {
    const { dueFromMs = Infinity } = answers;
    const isLate = this.world.nowMs - dueFromMs > this.goneForMs + MARGIN_MS;
    answers.late = isLate ? answers.late + 1 : 0;
    if (!this.looksAt.has(name) || answers.late < 2) return;
    this.world.violation(
      "gone",
      `${name} is gone since ${dueFromMs}, and was tried again instead of disabled`,
    );
  }

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port !== "subscriptions" || method !== "update" || outcome !== "updated") return;
    const subscription = args[0] as Subscription;
    const key = subscriptionKey(subscription);
    const answers = this.#answersOf(subscription);
    answers.changedAtMs = this.world.nowMs;
    answers.dueFromMs = undefined;
    if (!subscription.disabled) return void this.#disabled.delete(key);
    if (this.#disabled.has(key)) return;
    this.#disabled.add(key);
    this.world.count("disabled");
    const { goneSinceMs } = answers;
    if (goneSinceMs !== undefined && this.world.nowMs - goneSinceMs >= this.goneForMs - MARGIN_MS) return;
    const since = goneSinceMs === undefined ? "not" : `for ${this.world.nowMs - goneSinceMs} ms`;
    this.world.violation("gone", `${subscription.name} was disabled, and is gone ${since}`);
  }

  #answersOf(ref: SubscriptionRef): Answers {
    const key = subscriptionKey(ref);
    const answers = this.#answers.get(key) ?? {
      otherAtMs: -Infinity,
      goneSinceMs: undefined,
      changedAtMs: -Infinity,
      dueFromMs: undefined,
      late: 0,
    };
    this.#answers.set(key, answers);
    return answers;
  }
}
