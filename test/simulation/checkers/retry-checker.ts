import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { Due } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import {
  type RetrySettings,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { LogChecker } from "./log-checker.js";
import { PoisonChecker } from "./poison-checker.js";
import type { Watched } from "./watched.js";

/** What a handler said of a message that it failed. */
interface Failure {
  readonly atMs: number;
  readonly attempt: number;
}

/** A pushed message that failed waits as its subscription says, and is charged with no more failures than its own. */
export class RetryChecker {
  /** Subscriptions to which nothing happens but that messages fail: there waits are exact. */
  looksAt: ReadonlySet<string> = new Set();
  readonly poison: PoisonChecker;
  readonly #failures = new Map<string, Failure>();
  /** By subscription and message: how often it failed by name, or alone. */
  readonly #own = new Map<string, number>();
  /** By subscription and message: which attempts failed, whoever was to blame. */
  readonly #attempts = new Map<string, Set<number>>();

  constructor(
    private readonly world: World,
    private readonly log: LogChecker,
  ) {
    this.poison = new PoisonChecker(world, log);
  }

  /** A handler has answered. */
  answered(ref: SubscriptionRef, messages: readonly Handed[], outcome: DeliveryOutcome): void {
    for (const { id, attempt } of messages) {
      if (outcome.kind === "answered" && !outcome.failedIds.has(id)) continue;
      const key = keyOf(ref, id);
      this.#failures.set(key, { atMs: this.world.nowMs, attempt });
      this.#attempts.set(key, (this.#attempts.get(key) ?? new Set()).add(attempt));
      const isOwn = outcome.kind === "answered" || (outcome.kind === "failed" && messages.length === 1);
      if (isOwn) this.#own.set(key, (this.#own.get(key) ?? 0) + 1);
    }
  }

  /** How often it failed by name, or alone. */
  ownFailures(ref: SubscriptionRef, id: string): number {
    return this.#own.get(keyOf(ref, id)) ?? 0;
  }

  failedAttempts(ref: SubscriptionRef, id: string): ReadonlySet<number> {
    return this.#attempts.get(keyOf(ref, id)) ?? new Set();
  }

  handsOut({ subscription }: Watched, messages: readonly Handed[]): void {
    if (subscription.target.type === "pull" || !this.looksAt.has(subscription.name)) return;
    for (const { id } of messages) {
      const failure = this.#failures.get(keyOf(subscription, id));
      if (!failure) continue;
      this.world.count("backoff-looked-at");
      const waitedMs = this.world.nowMs - failure.atMs;
      const leastMs = leastWaitMs(subscription.retry, failure.attempt);
      if (waitedMs >= leastMs) continue;
      const what = `${id} comes again ${waitedMs} ms after attempt ${failure.attempt} of ${subscription.name}`;
      this.world.violation("backoff", `${what}, which waits for ${leastMs} ms`);
    }
  }

  moved(watched: Watched | undefined, put: readonly Due[]): void {
    if (watched) this.poison.moved(watched, put);
    if (!watched || watched.subscription.target.type === "pull") return;
    const { subscription } = watched;
    const { topic } = subscription;
    for (const { spans, partition } of put) {
      for (const span of spans.filter(({ charged = 0 }) => charged > 0)) {
        for (const { id } of this.log.of({ topic, partition }).between(span.from, span.to))
          this.#charged(subscription, id, span);
      }
    }
  }

  #charged(ref: SubscriptionRef, id: string, { charged = 0 }: Span): void {
    const own = this.ownFailures(ref, id);
    this.world.count("blame-looked-at");
    if (charged > own)
      this.world.violation(
        "blame",
        `${id} is charged with ${charged} failures in ${ref.name}; ${own} are its own`,
      );
  }
}

const keyOf = (ref: SubscriptionRef, id: string): string => `${subscriptionKey(ref)} ${id}`;

/** By the settings alone: jitter may make it longer. */
function leastWaitMs({ minBackoffSeconds, scheduleSeconds }: RetrySettings, attempt: number): number {
  const at = Math.min(attempt, scheduleSeconds.length) - 1;
  return 1_000 * (scheduleSeconds[Math.max(0, at)] ?? minBackoffSeconds);
}
