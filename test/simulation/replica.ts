import type { Together } from "../../lib/domain/together.js";
import type { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { pageOf } from "../../lib/adapters/memory/pages.js";
import { SortedMap } from "../../lib/adapters/memory/sorted-map.js";
import type { Anchor } from "../../lib/domain/anchor.js";
import { type Mark, markName } from "../../lib/domain/mark.js";
import type { PageRequest } from "../../lib/domain/page.js";
import type { SlotPage } from "../../lib/domain/ports/log-store.js";
import { DueLooking } from "../../lib/domain/progress/due-look.js";
import { type Cursor, type Due, timeInId } from "../../lib/domain/progress/records.js";
import type { Roster } from "../../lib/domain/roster.js";
import type { Slot } from "../../lib/domain/slot.js";
import { type SubscriptionRef, subscriptionKey } from "../../lib/domain/subscription.js";
import { type PartitionRef, type TopicRef, partitionKey } from "../../lib/domain/topic.js";
import { type Call, isWrite } from "./port-calls.js";
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
  /** Slots as they were before they were rewritten, and when they were. */
  #rewritten: readonly { readonly atMs: number; readonly slot: Slot }[] = [];
  readonly #snapshots = new Map<string, Snapshot[]>();
  #anchors: readonly {
    readonly atMs: number;
    readonly uid: string;
    readonly anchors: ReadonlyMap<number, Anchor>;
  }[] = [];
  #rosters: readonly { readonly atMs: number; readonly uid: string; readonly roster: Roster | undefined }[] =
    [];
  #marks: readonly { readonly atMs: number; readonly marks: SortedMap<Mark> }[] = [];

  constructor(
    private readonly storage: MemoryStorage,
    private readonly world: World,
  ) {}

  before({ port, method, args }: Call): void {
    if (port === "marks" && ["set", "putOff", "remove"].includes(method)) this.#keepMarks();
    if (port === "subscriptions" && method === "keepRoster") this.#keepRoster(args[0] as TopicRef);
    if (port === "log" && ["append", "noteTail", "raise", "retire"].includes(method))
      this.#keepAnchors((args[0] as PartitionRef).topic);
    if (port === "log" && method === "replace") this.#keepSlot(...(args as [PartitionRef, Slot]));
    if (port === "log" && method === "appendAll")
      for (const { partition } of (args[0] as Together).appends) this.#keepAnchors(partition.topic);
    if (port !== "progress" || !isWrite({ port, method })) return;
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
    if (port !== "log" || (method !== "append" && method !== "appendAll")) return;
    const slots =
      method === "append" ? [args[1] as Slot] : (args[0] as Together).appends.map(({ slot }) => slot);
    for (const { nonce } of slots)
      if (!this.#storedAtMs.has(nonce)) this.#storedAtMs.set(nonce, this.world.nowMs);
  }

  #keepMarks(): void {
    const marks = new SortedMap<Mark>();
    for (const mark of this.storage.marks.values()) marks.set(markName(mark.topic), mark);
    this.#marks = [...this.#marks, { atMs: this.world.nowMs, marks }].slice(-SNAPSHOTS);
  }

  /** An old answer, where there is one. */
  answer({ port, method, args }: Call): { readonly value: unknown } | undefined {
    if (port === "marks") return this.#marksAnswer(method, args);
    if (port === "subscriptions") return this.#rosterAnswer(args[0] as TopicRef);
    if (port === "log" && method === "anchors") return this.#anchorsAnswer(args[0] as TopicRef);
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

  #keepSlot(partition: PartitionRef, { base }: Slot): void {
    const slot = this.storage.logs.get(partitionKey(partition))?.find((one) => one.base === base);
    if (slot) this.#rewritten = [...this.#rewritten, { atMs: this.world.nowMs, slot }].slice(-SNAPSHOTS);
  }

  #keepAnchors({ uid }: TopicRef): void {
    const anchors = new Map(this.storage.anchors.get(uid));
    this.#anchors = [...this.#anchors, { atMs: this.world.nowMs, uid, anchors }].slice(-SNAPSHOTS);
  }

  #anchorsAnswer({ uid }: TopicRef): { readonly value: unknown } | undefined {
    const recent = this.#anchors.filter((one) => one.uid === uid && one.atMs > this.world.nowMs - LAG_MS);
    if (recent.length === 0) return undefined;
    const { anchors } = this.world.pick(recent);
    return { value: new Map([...anchors].sort(([a], [b]) => a - b)) };
  }

  #keepRoster({ uid }: TopicRef): void {
    const kept = { atMs: this.world.nowMs, uid, roster: this.storage.rosters.get(uid) };
    this.#rosters = [...this.#rosters, kept].slice(-SNAPSHOTS);
  }

  #rosterAnswer({ uid }: TopicRef): { readonly value: unknown } | undefined {
    const recent = this.#rosters.filter((one) => one.uid === uid && one.atMs > this.world.nowMs - LAG_MS);
    return recent.length === 0 ? undefined : { value: structuredClone(this.world.pick(recent).roster) };
  }

  #marksAnswer(method: string, [argument]: readonly unknown[]): { readonly value: unknown } | undefined {
    const recent = this.#marks.filter(({ atMs }) => atMs > this.world.nowMs - LAG_MS);
    if (recent.length === 0) return undefined;
    const { marks } = this.world.pick(recent);
    const value =
      method === "get"
        ? marks.get(markName(argument as TopicRef))
        : pageOf(marks, (mark) => mark, argument as PageRequest);
    return { value: structuredClone(value) };
  }

  #read([partition, from, limit]: [PartitionRef, number, number]): SlotPage {
    const beforeMs = this.world.nowMs - this.world.random.below(LAG_MS);
    const slots = (this.storage.logs.get(partitionKey(partition)) ?? []).filter(
      ({ base, nonce }) => base >= from && (this.#storedAtMs.get(nonce) ?? 0) <= beforeMs,
    );
    const before = ({ nonce }: Slot): Slot | undefined =>
      this.#rewritten.find(({ atMs, slot }) => slot.nonce === nonce && atMs > beforeMs)?.slot;
    return {
      slots: slots.slice(0, limit).map((slot) => ({ ...(before(slot) ?? slot) })),
      more: slots.length > limit,
    };
  }
}
