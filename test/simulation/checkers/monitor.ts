import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { AppendOutcome } from "../../../lib/domain/ports/log-store.js";
import type { Lease, Move } from "../../../lib/domain/progress.js";
import type { Offset, Slot } from "../../../lib/domain/slot.js";
import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { PartitionRef, Topic } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { DeliveryChecker } from "./delivery-checker.js";
import { LogChecker, type Logged } from "./log-checker.js";
import { PlaceChecker, type Watched } from "./place-checker.js";

const SHOWN = 4;

/** Watches every call that reaches a store, and holds the stores to the promises. */
export class Monitor {
  readonly log: LogChecker;
  readonly places: PlaceChecker;
  readonly deliveries: DeliveryChecker;
  readonly topics = new Map<string, Topic>();
  /** Ids that a producer was told are stored, with what it called them. */
  readonly acknowledged = new Map<string, string>();
  writes = 0;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
  ) {
    this.log = new LogChecker(world, storage);
    this.places = new PlaceChecker(world, storage, this.log);
    this.deliveries = new DeliveryChecker(
      world,
      this.places,
      (uid) => this.topics.get(uid)?.ordering === "key",
    );
  }

  before({ port, method, args }: Call): void {
    if (port !== "progress") return;
    if (method === "move") this.places.beforeMove(args[0] as SubscriptionRef, args[1] as Move);
    if (method === "finish") this.places.beforeFinish(args[0] as SubscriptionRef, args[1] as string);
  }

  after(who: string, { port, method, args }: Call, outcome: unknown): void {
    const name = `${port}.${method}`;
    const [first, second, third] = args;
    if (name === "log.append") {
      this.log.appended(who, first as PartitionRef, second as Slot, outcome as AppendOutcome);
    } else if (name === "topics.create" && (outcome as { kind: string }).kind === "created") {
      this.topics.set((first as Topic).uid, first as Topic);
    } else if (name === "subscriptions.create" && (outcome as { kind: string }).kind === "created") {
      this.places.created(first as Subscription);
    } else if (name === "subscriptions.delete") {
      const watched = this.places.of(first as SubscriptionRef);
      if (watched) watched.isDeleted = true;
    } else if (name === "progress.move" && outcome === "moved") {
      this.places.moved(who, first as SubscriptionRef, second as Move);
    } else if (name === "progress.finish" && outcome === "done") {
      this.places.finished(who, first as SubscriptionRef);
    } else if (name === "progress.acknowledge" && outcome !== "gone") {
      const { partition } = outcome as Lease;
      this.places.acknowledged(who, first as SubscriptionRef, partition, third as Offset[]);
    }
  }

  published(id: string, label: string): void {
    this.acknowledged.set(id, label);
    const [, uid, partition, offset] = id.split(".") as [string, string, string, string];
    const topic = this.topics.get(uid);
    const logged = topic && this.log.of({ topic, partition: Number(partition) }).byOffset.get(Number(offset));
    if (!logged) this.world.violation("durable", `${id} (${label}) was acknowledged and is not in the log`);
    else if (logged.label !== label && logged.label !== "?") {
      this.world.violation("durable", `${id} was acknowledged as ${label} and is ${logged.label}`);
    }
  }

  /** Whose receipt it is: of two lives of one name, one. */
  watchedBy(receipt: string): Watched | undefined {
    const [, key = ""] = Buffer.from(receipt, "base64url").toString("utf8").split("|");
    return this.places.watched.get(key);
  }

  live(): readonly Watched[] {
    return [...this.places.watched.values()].filter(({ isDeleted }) => !isDeleted);
  }

  /** What a subscription has still to do. */
  open(watched: Watched): readonly Logged[] {
    const { uid } = watched.subscription.topic;
    const logs = [...this.log.partitions.values()].filter(({ ref }) => ref.topic.uid === uid);
    return logs.flatMap((log) => {
      const start = this.places.startHead(watched, log.ref.partition);
      return log.messages.filter((one) => one.offset >= start && !this.places.isOver(watched, one));
    });
  }

  isDrained(): boolean {
    return this.live().every((watched) => this.open(watched).length === 0 && this.#left(watched) === 0);
  }

  #left({ subscription }: Watched): number {
    return this.storage.progress.get(subscriptionKey(subscription))?.due.size ?? 0;
  }

  /** The end, after the faults have stopped for long enough. */
  checkDrained(): void {
    for (const watched of this.live()) {
      const { name } = watched.subscription;
      const open = this.open(watched);
      if (open.length > 0) {
        const some = open.slice(0, SHOWN).map(({ id, label }) => `${id} (${label})`);
        this.world.violation(
          "progress",
          `${open.length} messages of ${name} never ended: ${some.join(", ")}`,
        );
      } else if (this.#left(watched) > 0) {
        this.world.violation(
          "leak",
          `${this.#left(watched)} leases or retries of ${name} are left with nothing open`,
        );
      }
      this.#checkAside(watched);
    }
  }

  /** What cannot be read is set aside, never dropped. */
  #checkAside(watched: Watched): void {
    const { subscription, setAside } = watched;
    for (const log of this.log.partitions.values()) {
      if (log.ref.topic.uid !== subscription.topic.uid) continue;
      const { partition } = log.ref;
      for (const message of log.messages) {
        const isPassed = message.offset < this.places.head(watched, partition);
        const isOurs = message.offset >= this.places.startHead(watched, partition);
        if (!isPassed || !isOurs || !this.log.isUnreadable(message)) continue;
        if (message.expiresAtMs <= this.world.nowMs + 2 * 125_000) continue;
        if (setAside.has(`${partition}#${message.slotBase}`) || watched.done.has(message.id)) continue;
        this.world.violation(
          "aside",
          `${message.id} cannot be read, and ${subscription.name} says nothing of it`,
        );
      }
    }
  }
}
