import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { AppendOutcome } from "../../../lib/domain/append-outcome.js";
import { type OutboxRef, outboxMessageId } from "../../../lib/domain/outbox.js";
import type { AppendOptions } from "../../../lib/domain/ports/log-store.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { type PartitionRef, partitionKey } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { fitOf } from "../body-schemas.js";
import { labelOf } from "./log-checker.js";

/** So long a message may wait where nothing goes wrong: a batch of the stream, a cold start, a lost race or two. */
const PROMPT_MS = 3_000;

/** What a service wrote, with what became of it. */
interface Written {
  readonly label: string;
  readonly key: string | undefined;
  /** Its process and key. */
  readonly line: string;
  /** The message of the same process and key that was known to be stored before this one was written. */
  readonly after: Written | undefined;
  committedAtMs?: number;
  arrived: number;
  isRefused: boolean;
  isErased: boolean;
}

/**
 * The outbox: what is committed there comes into the log once, what was rolled back never, and of one process a key's
 * messages come in the order in which it wrote them.
 */
export class OutboxChecker {
  /** By id. */
  readonly #written = new Map<string, Written>();
  /** By line: the last one that was known to be stored. */
  readonly #confirmed = new Map<string, Written>();
  readonly #slots = new Set<string>();
  /** Whether nothing goes wrong, and nobody pauses anything. */
  isCalm = false;
  isOrdered = false;
  /** Whether the topic has schemas, so that some of the bodies may not fit. */
  hasSchema = false;

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
  ) {}

  written(
    ref: OutboxRef,
    {
      label,
      key,
      process,
    }: { readonly label: string; readonly key: string | undefined; readonly process: string },
  ): void {
    const line = `${process} ${key ?? "-"}`;
    const after = key === undefined ? undefined : this.#confirmed.get(line);
    this.#written.set(outboxMessageId(ref), {
      label,
      key,
      line,
      after,
      arrived: 0,
      isRefused: false,
      isErased: false,
    });
  }

  committed(ref: OutboxRef): void {
    const written = this.#written.get(outboxMessageId(ref));
    if (written) written.committedAtMs = this.world.nowMs;
    this.world.count("outbox-committed");
  }

  /** Its service knows that it is stored: what it writes from now on comes after it. */
  confirmed(ref: OutboxRef): void {
    const written = this.#written.get(outboxMessageId(ref));
    if (written) this.#confirmed.set(written.line, written);
  }

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port === "outbox" && method === "refuse" && outcome === "refused")
      this.#refused(args[0] as OutboxRef, String(args[1]));
    if (port === "outbox" && method === "erase" && outcome === "erased") this.#erased(args[0] as OutboxRef);
    if (port !== "log" || method !== "append" || (outcome as AppendOutcome).kind !== "stored") return;
    const [partition, slot, options] = args as [PartitionRef, Slot, AppendOptions | undefined];
    const name = `${partitionKey(partition)} ${slot.nonce}`;
    if (this.#slots.has(name)) return;
    this.#slots.add(name);
    const taken = (options?.beside ?? []).flatMap((beside) => (beside.kind === "take" ? [beside] : []));
    // Those have given ids as well.
    const isRun = (options?.beside ?? []).some(({ kind }) => kind === "schedule");
    if (isRun || taken.some(({ from }) => from === "delayed")) return;
    const ids = this.#idsIn(slot);
    // Of bytes that are gone, what was taken is all that is known.
    if (!ids)
      for (const { group, place } of taken) this.#arrived(`${group.split("#")[0]}.${place}`, undefined);
    else for (const { id, label } of ids) this.#arrived(id, label);
  }

  #idsIn(slot: Slot): readonly { readonly id: string; readonly label: string }[] | undefined {
    const { content } = slot;
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    if (!bytes) return undefined;
    try {
      return decodeMessages(slot, bytes).flatMap(({ givenId, body }) =>
        givenId === undefined ? [] : [{ id: givenId, label: labelOf(body) }],
      );
    } catch (error) {
      if (error instanceof UnreadableSlot) return undefined;
      throw error;
    }
  }

  #arrived(id: string, label: string | undefined): void {
    const written = this.#written.get(id);
    if (!written) return this.#violation(`${id} is in the log, and nobody wrote it`);
    const { committedAtMs, after } = written;
    if (label !== undefined && label !== written.label)
      this.#violation(`${id} is ${label} in the log, and was written as ${written.label}`);
    if (committedAtMs === undefined)
      return this.#violation(`${written.label} was rolled back, and is in the log`);
    if (++written.arrived > 1) this.#violation(`${written.label} is in the log ${written.arrived} times`);
    if (written.isErased) this.#violation(`${written.label} was erased, and is in the log`);
    if (this.isOrdered && after && after.arrived === 0 && !after.isRefused && !after.isErased)
      this.#violation(`${written.label} of key ${written.key} came before ${after.label}`);
    if (this.isOrdered && written.key === undefined)
      this.#violation(`${written.label} has no key, and its topic asks for one`);
    const waitedMs = this.world.nowMs - committedAtMs;
    if (this.isCalm && waitedMs > PROMPT_MS)
      this.#violation(`${written.label} took ${waitedMs} ms into the log, and nothing was wrong`);
    this.world.count("outbox-relayed");
  }

  #refused(ref: OutboxRef, why: string): void {
    const written = this.#written.get(outboxMessageId(ref));
    if (!written) return this.#violation(`${ref.name} was refused, and nobody wrote it`);
    written.isRefused = true;
    this.world.count("outbox-refused");
    const lacksKey = this.isOrdered && written.key === undefined;
    const mayBeUnfit = this.hasSchema && fitOf(written.label) < 2;
    if (mayBeUnfit && !lacksKey) this.world.count("outbox-unfit");
    if (!lacksKey && !mayBeUnfit)
      this.#violation(`${written.label} was refused, and nothing is wrong with it: ${why}`);
    if (written.arrived > 0) this.#violation(`${written.label} was refused, and is in the log`);
  }

  #erased(ref: OutboxRef): void {
    const written = this.#written.get(outboxMessageId(ref));
    if (!written) return this.#violation(`${ref.name} was erased, and nobody wrote it`);
    written.isErased = true;
    if (written.arrived > 0)
      this.#violation(`${written.label} was erased before its publish, and is in the log`);
  }

  /** What waits, or was refused. */
  get idsToErase(): readonly string[] {
    return [...this.#written].flatMap(([id, { committedAtMs, arrived }]) =>
      committedAtMs !== undefined && arrived === 0 ? [id] : [],
    );
  }

  /** An operator heard that it is erased, and never published. */
  toldErased(id: string): void {
    if (!this.#written.get(id)?.isErased) this.#violation(`${id} is told to be erased, and is not`);
  }

  get waiting(): number {
    return [...this.storage.outbox.values()].reduce((sum, items) => sum + items.size, 0);
  }

  /** The end: everything is over. */
  check(): void {
    if (this.waiting > 0) this.#violation(`${this.waiting} messages are left in the outbox`);
    for (const { label, committedAtMs, arrived, isRefused, isErased } of this.#written.values())
      if (committedAtMs !== undefined && arrived === 0 && !isRefused && !isErased)
        this.#violation(`${label} was committed, and never came into the log`);
    const kept = [...this.storage.refused.values()].flatMap((items) => [...items.values()]);
    for (const message of kept)
      if (message.content && this.#written.get(outboxMessageId(message))?.isErased)
        this.#violation(`${outboxMessageId(message)} was erased, and its content is kept`);
    const refused = kept.length;
    const told = [...this.#written.values()].filter((one) => one.isRefused || one.isErased).length;
    if (refused !== told) this.#violation(`${told} messages were refused, and ${refused} are kept`);
  }

  #violation(text: string): void {
    this.world.violation("outbox", text);
  }
}
