import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { type Due, isVoid, isWaiting, openSpans } from "../../../lib/domain/progress/records.js";
import { spanLength } from "../../../lib/domain/progress/spans.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { DeliveryChecker } from "./delivery-checker.js";
import type { Logged } from "./partition-log.js";
import type { PauseChecker } from "./pause-checker.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** A message that a poll may have: nothing of its key is handed out, waits or lies before it. */
export interface Lying {
  readonly watched: Watched;
  readonly message: Logged;
}

interface Beside {
  readonly places: PlaceChecker;
  readonly deliveries: Pick<DeliveryChecker, "isOrdered">;
  readonly live: () => readonly Watched[];
  /** What a subscription has still to do, in the order of each partition. */
  readonly open: (watched: Watched) => readonly Logged[];
  readonly pauses: PauseChecker;
}

/**
 * With ordering, a key that fails, or that a consumer has, holds up no other key: a poll that ends with nothing leaves
 * no message of a key that was free all the time.
 */
export class FreeKeyChecker {
  /** Names of the subscriptions that it looks at: nothing goes wrong there, but that messages fail. */
  looksAt: ReadonlySet<string> = new Set();
  /** So many messages wait in one record at the most: behind that, the partition waits. */
  parkedAtMost = Infinity;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly beside: Beside,
  ) {}

  /** No key of a pulled subscription is in two leases at once, whatever was sent again. */
  moved(ref: SubscriptionRef, put: readonly Due[] = []): void {
    const watched = this.beside.places.of(ref);
    const isPulled = watched?.subscription.target.type === "pull" && !watched.isDeleted;
    if (!isPulled || !put.some(({ kind, version }) => kind === "lease" && version === 1)) return;
    const { subscription } = watched;
    const byKey = new Map<string, string>();
    for (const record of this.storage.progress.get(subscriptionKey(subscription))?.records() ?? []) {
      if (record.kind !== "lease" || isVoid(record, subscription)) continue;
      const log = this.beside.places.logOf(subscription, record.partition);
      const handedOut = openSpans(record).filter((span) => !isWaiting(record, span));
      for (const { key } of handedOut.flatMap(({ from, to }) => log.between(from, to))) {
        if (key === undefined || !this.beside.deliveries.isOrdered(subscription.topic.uid)) continue;
        const name = `${record.partition} ${key}`;
        const other = byKey.get(name) ?? record.id;
        byKey.set(name, record.id);
        if (other === record.id) continue;
        const what = `${subscription.name} has key ${key} in two leases`;
        this.world.violation("order", `${what}, ${other} and ${record.id}`);
      }
    }
  }

  /** What a poll that begins now may have. */
  lying(name: string): readonly Lying[] {
    if (!this.looksAt.has(name)) return [];
    const watched = this.beside.live().filter(({ subscription }) => subscription.name === name);
    return watched.flatMap((one) => this.#free(one).map((message) => ({ watched: one, message })));
  }

  /** A poll ends with nothing, though these lay there when it began. */
  gotNothing(name: string, lying: readonly Lying[]): void {
    if (lying.length === 0) return;
    this.world.count("free-keys-looked-at");
    const still = new Set(this.lying(name).map(({ message }) => message.id));
    const missed = lying.find(
      ({ watched, message }) => still.has(message.id) && !watched.handed.has(message.id),
    );
    if (!missed || this.beside.pauses.mayRest(missed.watched)) return;
    const { id, label, key } = missed.message;
    this.world.violation(
      "isolation",
      `${name} got nothing, and ${id} (${label}) of free key ${key} lay there`,
    );
  }

  #free(watched: Watched): readonly Logged[] {
    const { subscription } = watched;
    const records = this.storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
    const busy = new Map<string, string | undefined>();
    const lengths = new Map<string, number>();
    const full = new Set<number>();
    for (const { id, partition, ...record } of records) {
      lengths.set(id, spanLength(record.spans));
      const log = this.beside.places.logOf(subscription, partition);
      for (const { from, to } of openSpans(record))
        for (const { key } of log.between(from, to)) busy.set(`${partition} ${key}`, id);
    }
    return this.beside.open(watched).filter((message) => {
      const { key, partition, offset, id } = message;
      if (offset < this.beside.places.head(watched, partition)) return false;
      const name = `${partition} ${key}`;
      const isFree = !busy.has(name) && !full.has(partition) && !watched.handed.has(id);
      // Whoever gets what lies behind has this one join the record of its key.
      const record = busy.get(name);
      if (record !== undefined) {
        const length = (lengths.get(record) ?? 0) + 1;
        lengths.set(record, length);
        if (length > this.parkedAtMost) full.add(partition);
      }
      if (!busy.has(name)) busy.set(name, undefined);
      return isFree;
    });
  }
}
