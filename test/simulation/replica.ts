import type { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import type { SlotPage } from "../../lib/domain/ports/log-store.js";
import { DueLooking } from "../../lib/domain/progress/due-look.js";
import { type Cursor, type Due, timeInId } from "../../lib/domain/progress/records.js";
import type { Slot } from "../../lib/domain/slot.js";
import { type SubscriptionRef, subscriptionKey } from "../../lib/domain/subscription.js";
import { type PartitionRef, partitionKey } from "../../lib/domain/topic.js";
import type { Call } from "./port-calls.js";
import type { World } from "./world.js";

const LAG_MS = 2_000;
const SNAPSHOTS = 4;

interface Snapshot {
  readonly atMs: number;
  readonly cursors: ReadonlyMap<number, Cursor>;
  readonly due: readonly Due[];
}

/** An older state of the log and of the subscriptions' progress: what an eventually consistent read may show. */
export class Replica {
  readonly #storedAtMs = new Map<string, number>();
  readonly #snapshots = new Map<string, Snapshot[]>();

  constructor(
    private readonly storage: MemoryStorage,
    private readonly world: World,
  ) {}

  before({ port, method, args }: Call): void {
    if (port !== "progress" || !["move", "finish", "acknowledge", "extend"].includes(method)) return;
    const key = subscriptionKey(args[0] as SubscriptionRef);
    const progress = this.storage.progress.get(key);
    const snapshot = {
      atMs: this.world.nowMs,
      cursors: new Map(progress?.cursors),
      due: [...(progress?.due.values() ?? [])],
    };
    this.#snapshots.set(key, [...(this.#snapshots.get(key) ?? []), snapshot].slice(-SNAPSHOTS));
  }

  after({ port, method, args }: Call): void {
    if (port !== "log" || method !== "append") return;
    const { nonce } = args[1] as Slot;
    if (!this.#storedAtMs.has(nonce)) this.#storedAtMs.set(nonce, this.world.nowMs);
  }

  /** An old answer, where there is one. */
  answer({ port, method, args }: Call): { readonly value: unknown } | undefined {
    if (port === "log") return { value: this.#read(args as [PartitionRef, number, number]) };
    const snapshots = this.#snapshots.get(subscriptionKey(args[0] as SubscriptionRef)) ?? [];
    const recent = snapshots.filter(({ atMs }) => atMs > this.world.nowMs - LAG_MS);
    if (recent.length === 0) return undefined;
    const { cursors, due } = this.world.pick(recent);
    if (method === "cursors") return { value: structuredClone(cursors) };
    if (method !== "due") return undefined;
    const [, nowMs, limit, after = ""] = args as [unknown, number, number, string?];
    const looking = new DueLooking(nowMs, limit);
    for (const one of due) if (one.id > after && timeInId(one.id) <= nowMs) looking.add(one);
    return { value: structuredClone(looking.look()) };
  }

  #read([partition, from, limit]: [PartitionRef, number, number]): SlotPage {
    const beforeMs = this.world.nowMs - this.world.random.below(LAG_MS);
    const slots = (this.storage.logs.get(partitionKey(partition)) ?? []).filter(
      ({ base, nonce }) => base >= from && (this.#storedAtMs.get(nonce) ?? 0) <= beforeMs,
    );
    return { slots: slots.slice(0, limit).map((slot) => ({ ...slot })), more: slots.length > limit };
  }
}
