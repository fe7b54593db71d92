import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import type { SlotPage } from "../../lib/domain/ports/log-store.js";
import type { Subscriber } from "../../lib/domain/ports/subscriber.js";
import type { Telemetry } from "../../lib/domain/ports/telemetry.js";
import type { Settings } from "../../lib/operations/instance.js";
import { Monitor } from "./checkers/monitor.js";
import type { Fate } from "./fate.js";
import type { FaultRates } from "./faults.js";
import { type Call, mayBeStale } from "./port-calls.js";
import type { Process } from "./process.js";
import { Replica } from "./replica.js";
import type { World } from "./world.js";

export type CrashPlan = (process: Process, call: Call) => "before" | "applied" | "after" | undefined;

/** What all processes of one run share: storage, faults, and who watches them. */
export class Deployment {
  readonly storage = new MemoryStorage();
  readonly starter = new MemoryStarter();
  readonly monitor: Monitor;
  readonly replica: Replica;
  readonly telemetry: Telemetry;
  readonly settings: Partial<Settings> = { inlineLimitBytes: 600, slotCacheBytes: 1_000_000 };
  subscriber: Subscriber = {
    deliver: () => Promise.resolve({ kind: "unavailable", error: "nobody is there" }),
  };
  /** Kills at chosen calls, instead of chance. */
  crashPlan: CrashPlan | undefined;

  constructor(
    readonly world: World,
    public rates: FaultRates,
  ) {
    this.monitor = new Monitor(world, this.storage);
    this.replica = new Replica(this.storage, world);
    this.telemetry = {
      event: (name, level, fields) => {
        world.count(`event ${name}`);
        world.note("event", () => `${level} ${name} ${JSON.stringify(fields)}`);
      },
    };
  }

  /** The call, at the moment when the store carries it out. */
  async carryOut(process: Process, call: Call, fate: Fate): Promise<unknown> {
    if (mayBeStale(call) && this.world.chance(this.rates.staleRead)) {
      const stale = this.replica.answer(call);
      if (stale) return this.#short(call, stale.value);
    }
    this.replica.before(call);
    this.monitor.before(call);
    const outcome = await call.carryOut();
    this.replica.after(call);
    this.monitor.after(process.name, call, outcome);
    this.#spoil(call);
    if (fate.kind !== "sent-twice") return this.#short(call, outcome);
    this.monitor.before(call);
    const again = await call.carryOut();
    this.monitor.after(process.name, call, again);
    // The adapter knows its own move by its mark; of others, the second answer is what comes.
    return call.method === "move" ? outcome : again;
  }

  #short(call: Call, outcome: unknown): unknown {
    if (call.port !== "log" || call.method !== "read" || !this.world.chance(this.rates.shortPage))
      return outcome;
    const page = outcome as SlotPage;
    if (page.slots.length < 2) return outcome;
    this.world.count("short-page");
    return { slots: page.slots.slice(0, 1 + this.world.random.below(page.slots.length - 1)), more: true };
  }

  /** An object that is lost, or damaged, for good. */
  #spoil({ port, method, args }: Call): void {
    if (port !== "segments" || method !== "put") return;
    const key = args[0] as string;
    if (this.world.chance(this.rates.segmentLost)) this.#spoiled(key, undefined);
    else if (this.world.chance(this.rates.segmentDamaged)) {
      // The bytes of another slot are the worst damage: only the checksum tells.
      const others = [...this.storage.segments].filter(([other]) => other !== key);
      this.#spoiled(key, others.length > 0 ? this.world.pick(others)[1] : new Uint8Array([1, 2, 3]));
    }
  }

  #spoiled(key: string, bytes: Uint8Array | undefined): void {
    if (bytes) this.storage.segments.set(key, bytes);
    else this.storage.segments.delete(key);
    this.monitor.log.spoiled.add(key);
    this.world.count("segment-spoiled");
    this.world.note("S3", `${key} is ${bytes ? "damaged" : "lost"}`);
  }
}
