import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { Delayed } from "../../../lib/domain/delayed.js";
import { parseGivenId } from "../../../lib/domain/message-id.js";
import type { AppendOutcome } from "../../../lib/domain/append-outcome.js";
import type { AppendOptions } from "../../../lib/domain/ports/log-store.js";
import type { Slot } from "../../../lib/domain/slot.js";
import type { PartitionRef, TopicRef } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { LogChecker } from "./log-checker.js";
import type { Logged } from "./partition-log.js";
import type { Mover } from "./watched.js";

/** The rule's minute, clocks apart, the lock of a clock that died, a timer put off, and some room. */
const SERVED_WITHIN_MS = 10 * 60_000;
const SHOWN = 3;

interface Told {
  readonly label: string;
  readonly topicUid: string;
}

/**
 * Delayed messages: published no earlier than they are due, once, under the id that was answered; those that were
 * cancelled never; and none is lost.
 */
export class DelayedChecker {
  /** By id: what a producer was told is scheduled. */
  readonly #told = new Map<string, Told>();
  readonly #published = new Map<string, string>();
  readonly #cancelled = new Set<string>();
  /** Of which an operator wanted that they are not published. */
  readonly #unwanted = new Set<string>();
  /** Their object was lost, or damaged. */
  readonly #lost = new Set<string>();
  readonly #objects = new Map<string, string>();
  #stored = new Map<string, string>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly log: LogChecker,
    private readonly isLive: (topic: TopicRef) => boolean,
  ) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port !== "delayed") return;
    if (method === "put") this.#put(args[0] as TopicRef, args[1] as readonly Delayed[]);
    if (method === "cancel" && outcome === "cancelled") this.#cancel(args[1] as string);
  }

  #put({ uid }: TopicRef, all: readonly Delayed[]): void {
    for (const { id, copy } of all) {
      this.#stored.set(id, uid);
      if (copy.content.kind === "segment") this.#objects.set(id, copy.content.key);
    }
  }

  /** An operator is about to cancel it. */
  cancels(id: string): void {
    this.#unwanted.add(id);
  }

  #cancel(id: string): void {
    if (this.#isSpoiled(id)) this.#lost.add(id);
    else if (!this.#unwanted.has(id))
      this.world.violation("delayed", `${id} was given up, and nothing is wrong with it`);
    if (this.#published.has(id)) this.world.violation("delayed", `${id} was cancelled, and is published`);
    this.#cancelled.add(id);
  }

  #isSpoiled(id: string): boolean {
    const key = this.#objects.get(id);
    return key !== undefined && this.log.spoiled.has(key);
  }

  /** What an append took away is in the log from now on, readable or not. */
  appended(who: Mover, { args }: Call, outcome: AppendOutcome): readonly Logged[] {
    const [ref, slot, { beside = [] } = {}] = args as [PartitionRef, Slot, AppendOptions?];
    const [{ topic }, { nonce }] = [ref, slot];
    const added = this.log.appended(who.name, ref, slot, outcome);
    if (outcome.kind !== "stored") return added;
    for (const one of added) this.#added(who, one, nonce);
    const isReadable = added.length > 0 && added.every(({ label }) => label !== "?");
    for (const change of beside) {
      if (change.kind !== "take" || change.from !== "delayed") continue;
      const id = `${topic.name}.${change.place}`;
      if (isReadable && !added.some((one) => one.id === id))
        this.world.violation(
          "delayed",
          `${who.name} took ${id} away, and published it under another id, or not`,
        );
      this.#published.set(id, nonce);
    }
    return added;
  }

  #added({ nowMs }: Mover, { id, label }: Logged, nonce: string): void {
    const given = parseGivenId(id);
    // What comes from the outbox has a given id as well.
    if (!given || !this.#stored.has(id)) return;
    const there = this.#published.get(id);
    if (there !== undefined && there !== nonce)
      this.world.violation("delayed", `${id} (${label}) is published a second time`);
    if (there === undefined) this.world.count("delayed-published");
    this.#published.set(id, nonce);
    if (this.#cancelled.has(id)) this.world.violation("delayed", `${id} is published, and was cancelled`);
    if (nowMs < given.timeMs)
      this.world.violation("delayed", `${id} is published ${given.timeMs - nowMs} ms before it is due`);
    const told = this.#told.get(id);
    if (told && label !== "?" && told.label !== label)
      this.world.violation("delayed", `${id} was told of as ${told.label}, and is ${label}`);
  }

  /** A producer was told that it is stored, and will be published. */
  scheduled(id: string, label: string): void {
    const topicUid = this.#stored.get(id);
    if (topicUid === undefined) this.world.violation("delayed", `${id} was acknowledged, and is not stored`);
    else this.#told.set(id, { label, topicUid });
  }

  /** An operator was told so. */
  said(id: string, what: "cancelled" | "already-published"): void {
    this.world.count(`told-${what}`);
    if (what === "cancelled" && this.#published.has(id))
      this.world.violation("delayed", `an operator heard that ${id} is cancelled, and it is published`);
    if (what === "already-published" && !this.#published.has(id))
      this.world.violation("delayed", `an operator heard that ${id} is published, and it is not`);
  }

  /** Whether all of the topics that are there is published. */
  get isDrained(): boolean {
    return this.waiting.length === 0;
  }

  /** Those that are not published yet, of topics that live. */
  get waiting(): readonly { readonly id: string; readonly topic: TopicRef }[] {
    return [...this.storage.delayed.values()].flatMap((group) =>
      [...group.values()].flatMap(({ id }) => {
        const topic = { name: parseGivenId(id)?.topic ?? "", uid: this.#stored.get(id) ?? "" };
        return this.isLive(topic) ? [{ id, topic }] : [];
      }),
    );
  }

  atTheEnd(): void {
    const waiting = new Set(this.waiting.map(({ id }) => id));
    for (const id of waiting) {
      const dueMs = parseGivenId(id)?.timeMs ?? 0;
      if (this.world.nowMs - dueMs > SERVED_WITHIN_MS)
        this.world.violation("delayed", `${id} was due ${this.world.nowMs - dueMs} ms ago, and still waits`);
    }
    const lost = [...this.#told].filter(([id, { topicUid }]) => {
      const isOver = this.#published.has(id) || this.#cancelled.has(id) || this.#lost.has(id);
      return (
        !isOver && !waiting.has(id) && this.isLive({ name: parseGivenId(id)?.topic ?? "", uid: topicUid })
      );
    });
    const some = lost.slice(0, SHOWN).map(([id, { label }]) => `${id} (${label})`);
    if (lost.length > 0) this.world.violation("delayed", `${lost.length} are lost: ${some.join(", ")}`);
    const dead = [...this.storage.delayed].filter(([name, group]) => {
      const [topic = "", uid = ""] = name.split("#");
      return group.size > 0 && !this.isLive({ name: topic, uid });
    });
    if (dead.length > 0)
      this.world.violation("leak", `delayed messages of a deleted topic are left: ${dead[0]?.[0]}`);
  }
}
