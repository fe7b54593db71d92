import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import { timersLeft } from "../newer-timer.js";
import type { Monitor } from "./monitor.js";
import type { Watched } from "./watched.js";
import { TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import { SWEEP_LOCK } from "../../../lib/operations/clock/sweep.js";

const SHOWN = 4;
/** The rule's minute, two minutes of clocks apart, the lock of a clock that died, and some room. */
const TIMERS_SERVED_MS = 240_000;
/** Clocks apart, twice over: a slot this near its expiry may pass for expired. */
const NEARLY_EXPIRED_MS = 250_000;

/** The end, after the faults have stopped for long enough: everything is over, and nothing is left behind. */
export class EndChecker {
  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly monitor: Monitor,
  ) {}

  check(): void {
    for (const watched of this.monitor.live()) {
      this.#checkDone(watched);
      this.monitor.retries.poison.atTheEnd(watched);
      this.monitor.places.dead.check(watched);
    }
    for (const watched of this.monitor.places.watched.values())
      if (watched.isDeleted) this.#checkGone(watched);
    if (this.storage.garbage.size > 0)
      this.world.violation("leak", `${this.storage.garbage.size} notes of what was deleted are left`);
    this.monitor.redrives.check();
    this.monitor.delayed.atTheEnd();
    this.monitor.journals.atTheEnd();
    this.monitor.schedules.atTheEnd();
    this.monitor.readings.atTheEnd((name) => {
      const there = this.storage.topics.get(name);
      return there?.kind === "topic" ? there.topic.uid : undefined;
    });
    this.#checkAnchors();
    this.#checkTimers();
    this.#checkPumpLeases();
  }

  #checkDone(watched: Watched): void {
    const { name } = watched.subscription;
    const open = this.monitor.open(watched);
    const left = this.monitor.left(watched);
    if (open.length > 0) {
      const some = open.slice(0, SHOWN).map(({ id, label }) => `${id} (${label})`);
      this.world.violation("progress", `${open.length} messages of ${name} never ended: ${some.join(", ")}`);
    } else if (left > 0) {
      this.world.violation("leak", `${left} leases or retries of ${name} are left with nothing open`);
    }
    this.#checkAside(watched);
  }

  /** What cannot be read is set aside, never dropped. */
  #checkAside(watched: Watched): void {
    const { subscription, setAside, done, dead, ended } = watched;
    const { log, places } = this.monitor;
    for (const partitionLog of log.partitions.values()) {
      if (partitionLog.ref.topic.uid !== subscription.topic.uid) continue;
      const { partition } = partitionLog.ref;
      const [start, head] = [places.startHead(watched, partition), places.head(watched, partition)];
      for (const message of partitionLog.between(start, head)) {
        if (!log.isUnreadable(message)) continue;
        if (message.expiresAtMs <= this.world.nowMs + NEARLY_EXPIRED_MS) continue;
        if (setAside.has(`${partition}#${message.slotBase}`) || done.has(message.id)) continue;
        // They needed no look at their slot any more.
        if (dead.has(message.id) || ended.has(message.id)) continue;
        if (places.filters.mayLeaveOut(watched, message)) continue;
        this.world.violation(
          "aside",
          `${message.id} cannot be read, and ${subscription.name} says nothing of it`,
        );
      }
    }
  }

  /** Whoever was at work as it was deleted may have written behind the purge. */
  #checkGone({ subscription }: Watched): void {
    if (!this.storage.progress.has(subscriptionKey(subscription))) return;
    this.world.violation("leak", `${subscription.name} was deleted, and its progress is still there`);
  }

  /** A publisher that still took a deleted topic for alive may have made one anew. */
  #checkAnchors(): void {
    for (const uid of this.storage.anchors.keys()) {
      const topic = this.monitor.topics.get(uid);
      if (topic && this.monitor.isLive(topic)) continue;
      this.world.violation(
        "leak",
        `anchors of topic ${topic?.name ?? "?"}#${uid} are left, which was deleted`,
      );
    }
  }

  /** One that is due later was set for a lease that is settled by now: it fires for nothing, once. */
  #checkTimers(): void {
    const { overdue, hasNewer } = timersLeft(this.storage, {
      setAtMs: this.world.startMs,
      overdueMs: this.world.nowMs - TIMERS_SERVED_MS,
    });
    if (!hasNewer) this.world.violation("timer", "the timer of a newer release is not as it was set");
    if (overdue > 0) this.world.violation("leak", `${overdue} timers are left with nothing to wait for`);
  }

  #checkPumpLeases(): void {
    for (const [name, { owner, untilMs }] of this.storage.locks) {
      // The clock has its own for a moment of each minute, and this may be one.
      if (name === TIMERS_LOCK || name === SWEEP_LOCK) continue;
      if (owner === undefined || untilMs <= this.world.nowMs) continue;
      this.world.violation("leak", `${name} is held by ${owner}, who has nothing to do`);
    }
  }
}
