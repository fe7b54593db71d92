import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";
import { StorageUnavailable } from "../../lib/domain/errors.js";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import type { SlotPage } from "../../lib/domain/ports/log-store.js";
import type { Subscriber } from "../../lib/domain/ports/subscriber.js";
import type { Telemetry } from "../../lib/domain/ports/telemetry.js";
import type { LaneRef } from "../../lib/domain/lane.js";
import type { Settings } from "../../lib/operations/engine.js";
import { EffectChecker, type Effects } from "./checkers/effect-checker.js";
import { partsOf } from "./parts-of-call.js";
import type { Mover } from "./checkers/watched.js";
import { Monitor } from "./checkers/monitor.js";
import { EraseChecker } from "./checkers/erase-checker.js";
import { UploadChecker } from "./checkers/upload-checker.js";
import { OutboxChecker } from "./checkers/outbox-checker.js";
import type { Fate } from "./fate.js";
import type { FaultRates } from "./faults.js";
import { LANE_WIDTH } from "./lane-width.js";
import { type Call, type Caller, isMove, isPaged, mayBeStale, withArgs } from "./port-calls.js";
import { setNewerTimer } from "./newer-timer.js";
import { Replica } from "./replica.js";
import type { World } from "./world.js";
import type { PageRequest } from "../../lib/domain/page.js";

export type CrashPlan = (process: Caller, call: Call) => "before" | "applied" | "after" | undefined;

/** A sixteenth of what is usual, so that small messages already go to S3; and a cache that some of them fit into. */
const INLINE_LIMIT_BYTES = 600;
const SLOT_CACHE_BYTES = 1_000_000;
/** A day, as far as targets go that say that they are gone. */
const GONE_FOR_MS = 3_600_000;
/** So few that the records of some keys are full. */
export const PARKED_AT_MOST = 30;
/** Every topic that has a subscription has a roster. */
const ROSTER_FROM = 1;
/** No sooner is an object set aside that fails, by clocks that are two minutes apart. */
const SET_ASIDE_AFTER_MS = 3 * 60_000;
/** So few that what waits takes several transactions. */
const RELAYED_TOGETHER = 5;
/** So long a timer's work takes until it fails. */
const DEAF_MS = 25_000;
const FAILING_UP_TO_MS = 15 * 60_000;

/** Limits other than the usual ones. */
export interface Narrow {
  readonly inlineLimitBytes?: number;
  readonly itemLimitBytes?: number;
  readonly decodedBytes?: number;
  readonly laneWidth?: number;
  readonly rosterFrom?: number;
  readonly goneForMs?: number;
}

/** What all processes of one run share: storage, faults, and who watches them. */
export class Deployment {
  readonly storage: MemoryStorage;
  readonly starter = new MemoryStarter();
  readonly monitor: Monitor;
  readonly effects: EffectChecker;
  /** Where consumers write what messages do, if any do. */
  ledger: Effects | undefined;
  readonly outbox: OutboxChecker;
  readonly erasures: EraseChecker;
  readonly uploads: UploadChecker;
  readonly replica: Replica;
  telemetry: Telemetry;
  readonly settings: Partial<Settings> & Pick<Settings, "inlineLimitBytes">;
  subscriber: Subscriber = {
    limitBytes: () => Infinity,
    sizeBytes: () => 0,
    deliver: () => Promise.resolve({ kind: "unavailable", reason: "missing", error: "nobody is there" }),
  };
  #otherBytes: Uint8Array = new Uint8Array([1, 2, 3]);
  /** By key. */
  readonly #failing = new Map<string, { readonly sinceMs: number; readonly untilMs: number }>();
  /** So many consumers have a name by now. */
  consumersNamed = 0;
  /** Whether anybody writes into the outbox. */
  hasServices = false;
  /** Whether anybody uploads bodies. */
  hasUploads = false;
  /** Whether anybody has schedules. */
  hasSchedules = false;
  /** The subscription whose timers fail. */
  deaf: string | undefined;
  /** Kills at chosen calls, instead of chance. */
  crashPlan: CrashPlan | undefined;

  constructor(
    readonly world: World,
    public rates: FaultRates,
    {
      inlineLimitBytes = INLINE_LIMIT_BYTES,
      itemLimitBytes,
      decodedBytes,
      laneWidth = LANE_WIDTH,
      rosterFrom = ROSTER_FROM,
      goneForMs = GONE_FOR_MS,
    }: Narrow = {},
  ) {
    this.storage = new MemoryStorage({
      limits: dynamoDbItemLimits(itemLimitBytes === undefined ? {} : { itemLimitBytes }),
    });
    setNewerTimer(this.storage, world.startMs);
    const common = {
      ...{ inlineLimitBytes, laneWidth, rosterFrom, goneForMs },
      ...{ parkedAtMost: PARKED_AT_MOST, relayedTogether: RELAYED_TOGETHER },
    };
    this.settings =
      decodedBytes === undefined
        ? { ...common, slotCacheBytes: SLOT_CACHE_BYTES }
        : { ...common, slotCacheBytes: 0, decodedBytes };
    this.monitor = new Monitor(world, this.storage, inlineLimitBytes, goneForMs);
    this.effects = new EffectChecker(world);
    this.outbox = new OutboxChecker(world, this.storage);
    this.erasures = new EraseChecker(world, this.storage, this.monitor.log);
    const { log } = this.monitor;
    this.uploads = new UploadChecker(world, this.storage, {
      log,
      isLive: (topic) => this.monitor.isLive(topic),
      isErased: (id) => this.erasures.isErased(id),
    });
    this.replica = new Replica(this.storage, world);
    this.telemetry = {
      event: (name, level, fields) => {
        world.count(`event ${name}`);
        const { subscription, messages } = fields;
        if (name === "messages-left-out")
          this.monitor.places.filters.told(String(subscription), Number(messages));
        world.note("event", () => `${level} ${name} ${JSON.stringify(fields)}`);
      },
    };
  }

  /** A store that nobody writes into takes no part in the history. */
  isUnused(port: string): boolean {
    if (port === "journal") return !this.monitor.journals.isOn;
    if (port === "schedules") return !this.hasSchedules;
    if (port === "uploads") return !this.hasUploads;
    return port === "outbox" && !this.hasServices;
  }

  /** The call, at the moment when the store carries it out. */
  async carryOut(process: Caller, asked: Call, fate: Fate): Promise<unknown> {
    const call = this.#shortened(asked);
    if (mayBeStale(call) && this.world.chance(this.rates.staleRead)) {
      const stale = this.replica.answer(call);
      if (stale) {
        this.world.count("stale-read");
        return this.#short(call, stale.value);
      }
    }
    if (this.#isDeaf(process, call)) {
      this.world.count("timer-failing");
      await this.world.sleep(DEAF_MS);
      throw new StorageUnavailable("starting a pump of a subscription whose timers fail");
    }
    if (this.#fails(call)) throw new StorageUnavailable("reading an object that fails for minutes");
    this.replica.before(call);
    this.monitor.before(call);
    const outcome = await call.carryOut(...call.args);
    this.replica.after(call);
    const mover = { name: process.name, nowMs: process.latestMs };
    this.#after(mover, call, outcome);
    this.#spoil(call);
    if (fate.kind !== "sent-twice") return this.#short(call, outcome);
    // The adapter knows its own move by its mark; of others, the second answer is what comes.
    if (isMove(call)) return await call.carryOut(...call.args).then(() => outcome);
    this.monitor.before(call);
    const again = await call.carryOut(...call.args);
    this.#after(mover, call, again);
    return again;
  }

  #after(mover: Mover, call: Call, outcome: unknown): void {
    for (const made of partsOf(call, outcome)) {
      this.monitor.after(mover, made.call, made.outcome);
      this.outbox.after(made.call, made.outcome);
      this.erasures.after(made.call, made.outcome);
      this.uploads.after(made.call, made.outcome);
    }
    this.monitor.atomic.check();
  }

  /** A list's page ends before its limit, with a cursor to go on from. */
  #shortened(call: Call): Call {
    if (!isPaged(call) || !this.world.chance(this.rates.shortPage)) return call;
    this.world.count("short-page");
    const page = call.args.at(-1) as PageRequest;
    return withArgs(call, [...call.args.slice(0, -1), { ...page, limit: 1 }]);
  }

  #short(call: Call, outcome: unknown): unknown {
    if (call.port !== "log" || call.method !== "read" || !this.world.chance(this.rates.shortPage))
      return outcome;
    const page = outcome as SlotPage;
    if (page.slots.length < 2) return outcome;
    this.world.count("short-page");
    return { slots: page.slots.slice(0, 1 + this.world.random.below(page.slots.length - 1)), more: true };
  }

  #isDeaf({ name }: Caller, { port, method, args }: Call): boolean {
    if (port !== "starter" || method !== "startPump" || !name.startsWith("clock")) return false;
    return (args[0] as LaneRef).subscription.name === this.deaf;
  }

  /** Whether it reads an object that fails for now; once the faults stop, all can be read. */
  #fails({ port, method, args }: Call): boolean {
    if (port !== "segments" || method !== "get" || this.rates.segmentFails === 0) return false;
    const key = String(args[0]);
    const failing = this.#failing.get(key);
    if (!failing || failing.untilMs <= this.world.nowMs) return false;
    this.world.count("segment-failing");
    if (this.world.nowMs - failing.sinceMs >= SET_ASIDE_AFTER_MS) this.monitor.log.failedForLong.add(key);
    return true;
  }

  /** An object that is lost, or damaged, for good; or that fails for longer than it takes to be set aside. */
  #spoil({ port, method, args }: Call): void {
    if (port !== "segments" || method !== "put") return;
    const [key, bytes] = args as [string, Uint8Array];
    if (this.world.chance(this.rates.segmentLost)) this.#spoiled(key, undefined);
    // The bytes of another slot are the worst damage: only the checksum tells.
    else if (this.world.chance(this.rates.segmentDamaged)) this.#spoiled(key, this.#otherBytes);
    else if (this.rates.segmentFails > 0 && this.world.chance(this.rates.segmentFails))
      this.#failing.set(key, {
        sinceMs: this.world.nowMs,
        untilMs: this.world.nowMs + this.world.between(0, FAILING_UP_TO_MS),
      });
    this.#otherBytes = bytes;
  }

  #spoiled(key: string, bytes: Uint8Array | undefined): void {
    if (bytes) this.storage.segments.set(key, bytes);
    else this.storage.segments.delete(key);
    this.monitor.log.spoiled.add(key);
    this.world.count(bytes ? "segment-damaged" : "segment-lost");
    this.world.note("S3", `${key} is ${bytes ? "damaged" : "lost"}`);
  }
}
