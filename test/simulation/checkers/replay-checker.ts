import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { Move } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import type { ReplayJob } from "../../../lib/domain/replay-job.js";
import { nextOffset } from "../../../lib/domain/slot.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import { partitionKey } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { messagesIn } from "./messages-in.js";

/** A replay as its moves have it. */
interface Watched {
  readonly subscription: SubscriptionRef;
  readonly started: ReplayJob;
  /** By partition and offset. */
  readonly moved: Set<string>;
  isOver: boolean;
}

/** Clocks are this far apart at the most, twice over: a slot this near its expiry may pass for expired. */
const NEARLY_EXPIRED_MS = 250_000;
const placeName = (partition: number, offset: number): string => `${partition}/${offset}`;

/**
 * A replay has each message come again once, of those between its bounds, and counts it in that very move; none once it
 * is over, or of a life before a seek; one that is done has left out nothing but what it counts; and every one ends.
 */
export class ReplayChecker {
  readonly #jobs = new Map<string, Watched>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly isLive: (subscription: SubscriptionRef) => boolean,
  ) {}

  after(who: string, { port, method, args }: Call, outcome: unknown): void {
    const subscription = args[0] as SubscriptionRef;
    if (port === "progress" && method === "move" && outcome === "moved")
      this.#moved(who, subscription, args[1] as Move);
    if (port !== "replayJobs") return;
    const job = args[1] as ReplayJob;
    if (method === "start" && (outcome as { kind: string }).kind === "started" && !this.#jobs.has(job.id)) {
      this.world.count("replay-started");
      this.#jobs.set(job.id, { subscription, started: job, moved: new Set(), isOver: false });
    }
    if (method === "end" && outcome === "ended") this.#ended(who, subscription, job);
  }

  #moved(who: string, subscription: SubscriptionRef, { job, put = [] }: Move): void {
    if (!job || !("kind" in job)) return;
    const watched = this.#jobs.get(job.id);
    if (!watched) return;
    const name = `${who} moved for replay ${job.id} of ${subscription.name}`;
    if (watched.isOver) this.world.violation("replay", `${name}, which is over`);
    const origin = `replay ${job.id}`;
    for (const record of put) {
      const fresh = messagesIn(record).filter(
        ({ failures, attempt }) => attempt === 0 && failures?.[0]?.error === origin,
      );
      for (const offset of offsetsIn(fresh)) this.#again(name, watched, record.partition, offset);
    }
    this.world.count("replayed", job.counts.moved > 0 ? 1 : 0);
    this.#counted(name, watched, job);
  }

  #again(name: string, { started, moved }: Watched, partition: number, offset: number): void {
    const isMeant = started.ranges.some(
      (range) => range.partition === partition && range.from <= offset && offset < range.to,
    );
    if (!isMeant)
      this.world.violation("replay", `${name} ${placeName(partition, offset)}, outside its bounds`);
    moved.add(placeName(partition, offset));
  }

  #counted(name: string, { moved }: Watched, { counts }: ReplayJob): void {
    if (counts.moved !== moved.size)
      this.world.violation("replay", `${name}: it counts ${counts.moved}, and has moved ${moved.size}`);
    if (counts.matched !== counts.moved + counts.underWay + counts.dead)
      this.world.violation("replay", `${name}: it cannot tell what became of ${JSON.stringify(counts)}`);
  }

  #ended(who: string, subscription: SubscriptionRef, job: ReplayJob): void {
    const watched = this.#jobs.get(job.id);
    if (!watched || watched.isOver) return;
    watched.isOver = true;
    this.world.count(`replay-${job.state}`);
    const name = `${who} ended replay ${job.id} of ${subscription.name}`;
    this.#counted(name, watched, job);
    if (job.state !== "done") return;
    const { read, expired } = job.counts;
    const there = this.#there(watched);
    if (read < there)
      this.world.violation(
        "replay",
        `${name}: it has read ${read}, ${expired} of them gone, and ${there} are there`,
      );
  }

  /** How many messages its ranges surely have. */
  #there({ subscription: { topic }, started }: Watched): number {
    return started.ranges.reduce((sum, { partition, from, to }) => {
      const slots = this.storage.logs.get(partitionKey({ topic, partition })) ?? [];
      const alive = slots.filter(({ expiresAtMs }) => expiresAtMs > this.world.nowMs + NEARLY_EXPIRED_MS);
      return alive.reduce(
        (all, slot) => all + Math.max(0, Math.min(to, nextOffset(slot)) - Math.max(from, slot.base)),
        sum,
      );
    }, 0);
  }

  /** Those of deleted subscriptions end with these. */
  left(): readonly string[] {
    return [...this.#jobs].flatMap(([id, { isOver, subscription }]) =>
      isOver || !this.isLive(subscription) ? [] : [`${id} of ${subscriptionKey(subscription)}`],
    );
  }
}
