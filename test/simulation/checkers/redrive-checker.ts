import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { DeadLetterEntry } from "../../../lib/domain/dead-letter.js";
import type { Move } from "../../../lib/domain/progress/records.js";
import type { RedriveJob } from "../../../lib/domain/redrive-job.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { ReplayChecker } from "./replay-checker.js";

/** A job as its moves have it. */
interface Watched {
  readonly subscription: SubscriptionRef;
  /** By id and nonce: a message that died anew is another dead letter. */
  readonly moved: Set<string>;
  /** The dead letters that were there as it started; of a job by ids, none. */
  readonly wanted: ReadonlyMap<string, DeadLetterEntry>;
  isOver: boolean;
}

const letterName = ({ id, nonce }: DeadLetterEntry): string => `${id} ${nonce}`;

/**
 * A job moves each dead letter once, and counts it in that very move; none moves once it is over; a job for all leaves
 * none of those that were there but those that it refused; and every job ends.
 */
export class RedriveChecker {
  readonly #jobs = new Map<string, Watched>();
  readonly #replays: ReplayChecker;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly isLive: (subscription: SubscriptionRef) => boolean,
  ) {
    this.#replays = new ReplayChecker(world, storage, isLive);
  }

  after(who: string, call: Call, outcome: unknown): void {
    const { port, method, args } = call;
    this.#replays.after(who, call, outcome);
    const subscription = args[0] as SubscriptionRef;
    if (port === "progress" && method === "move" && outcome === "moved")
      this.#moved(who, subscription, args[1] as Move);
    if (port !== "redriveJobs") return;
    const job = args[1] as RedriveJob;
    if (method === "start" && (outcome as { kind: string }).kind === "started")
      this.#started(subscription, job);
    if (method === "end" && outcome === "ended") this.#ended(who, subscription, job);
  }

  #entry(subscription: SubscriptionRef) {
    return this.storage.progress.get(subscriptionKey(subscription));
  }

  #started(subscription: SubscriptionRef, job: RedriveJob): void {
    if (this.#jobs.has(job.id)) return;
    this.world.count("redrive-started");
    const listed = [...(this.#entry(subscription)?.letters.values() ?? [])].filter(
      ({ deadLetteredAtMs }) => deadLetteredAtMs <= job.startedAtMs,
    );
    const isAll = job.selection.kind === "all";
    const wanted = new Map(isAll ? listed.map((letter) => [letterName(letter), letter]) : []);
    this.#jobs.set(job.id, { subscription, moved: new Set(), wanted, isOver: false });
  }

  #moved(who: string, subscription: SubscriptionRef, { job, endedDeadLetters = [] }: Move): void {
    if (!job || "kind" in job) return;
    const watched = this.#jobs.get(job.id);
    if (!watched) return;
    const name = `${who} moved for job ${job.id} of ${subscription.name}`;
    if (watched.isOver) this.world.violation("redrive", `${name}, which is over`);
    for (const letter of endedDeadLetters) {
      if (watched.moved.has(letterName(letter)))
        this.world.violation("redrive", `${name} ${letter.id} twice`);
      watched.moved.add(letterName(letter));
    }
    this.#counted(name, watched, job);
  }

  #counted(name: string, { moved }: Watched, job: RedriveJob): void {
    if (job.moved === moved.size) return;
    this.world.violation("redrive", `${name}: it counts ${job.moved}, and has moved ${moved.size}`);
  }

  #ended(who: string, subscription: SubscriptionRef, job: RedriveJob): void {
    const watched = this.#jobs.get(job.id);
    if (!watched || watched.isOver) return;
    watched.isOver = true;
    this.world.count(`redrive-${job.state}`);
    if (job.moved > 0) this.world.count("redrive-moved");
    const name = `${who} ended job ${job.id} of ${subscription.name}`;
    this.#counted(name, watched, job);
    if (job.state !== "done") return;
    const letters = this.#entry(subscription)?.letters;
    const left = [...watched.wanted.values()].filter(
      ({ id, nonce, expiresAtMs }) => expiresAtMs > this.world.nowMs && letters?.get(id)?.nonce === nonce,
    );
    if (left.length > job.refused)
      this.world.violation("redrive", `${name}: ${left.length} are left, and ${job.refused} were refused`);
  }

  /** Whether every job has ended, but those of deleted subscriptions. */
  get areOver(): boolean {
    return this.#left().length === 0 && this.#replays.left().length === 0;
  }

  /** At the end. */
  check(): void {
    for (const id of this.#left()) this.world.violation("redrive", `job ${id} never ended`);
    for (const id of this.#replays.left()) this.world.violation("replay", `job ${id} never ended`);
  }

  #left(): readonly string[] {
    return [...this.#jobs].flatMap(([id, { isOver, subscription }]) =>
      isOver || !this.isLive(subscription) ? [] : [id],
    );
  }
}
