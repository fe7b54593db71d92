import {
  type LaneRef,
  type Straggler,
  isPushable,
  laneName,
  lanesBehind,
  stragglersIn,
} from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";
import { noteFilter } from "../filter-in-force.js";
import { noteErasure } from "../lookup.js";
import type { LaneEnd } from "./pump-end.js";
import type { Signal } from "./signal.js";

/** A lane's lock outlives two failed renewals. */
export const LANE_LEASE_MS = 45_000;
const RENEW_EVERY_MS = 15_000;
/** Together with the round that then ends, this obeys a pause within five seconds. */
const LOOK_EVERY_MS = 3_000;
/** Stragglers are looked at in groups, so that many of them do not hold up the session's own calls. */
const LOOKS_TOGETHER = 20;

/**
 * Keeps a lane's lock while a session works. Also checks whether the session's settings still hold, and which
 * deliveries of earlier pumps are still running. Its calls run side by side, so a slow or failed one holds up no other.
 */
export class LaneKeeper {
  /** Why the session has to end. */
  ended: LaneEnd | undefined;
  readonly #stop = new AbortController();
  #renewAtMs: number;
  #stragglers: readonly Straggler[];
  /** When the first of them is over. */
  #fewerAtMs: number;
  /** Lanes that the subscription had before it was narrowed, as long as their pumps may be at work. */
  #behind: readonly number[];

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private readonly lane: { readonly ref: LaneRef; readonly owner: string },
    stragglers: readonly Straggler[],
    private untilMs: number,
    private readonly signal: Signal,
    /** Whether the session has shown that it survives what killed the owners before it. */
    private readonly isProven: () => boolean,
  ) {
    this.#renewAtMs = engine.clock.nowMs() + RENEW_EVERY_MS;
    this.#stragglers = stragglers;
    this.#fewerAtMs = firstOverMs(stragglers);
    const { clock, settings } = engine;
    this.#behind = lanesBehind(reader, lane.ref.lane, {
      laneWidth: settings.laneWidth,
      nowMs: clock.nowMs(),
    });
  }

  /** The deliveries that leave less room for those of this session: Infinity until they are known. */
  get taken(): number {
    return this.#behind.length > 0 ? Infinity : this.others.length;
  }

  /** Deliveries of earlier pumps that may still be running. */
  get others(): readonly Straggler[] {
    const nowMs = this.engine.clock.nowMs();
    if (nowMs >= this.#fewerAtMs) this.#remain(this.#stragglers.filter(({ untilMs }) => untilMs > nowMs));
    return this.#stragglers;
  }

  #remain(stragglers: readonly Straggler[]): void {
    this.#stragglers = stragglers;
    this.#fewerAtMs = firstOverMs(stragglers);
  }

  async keep(): Promise<void> {
    const { clock } = this.engine;
    for (;;) {
      void this.#lookBehind().then(() => this.#lookAtStragglers());
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const nowMs = clock.nowMs();
      if (nowMs >= this.untilMs) this.#end("lane-lost");
      if (nowMs >= this.#renewAtMs) void this.#renew();
      void this.#look();
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  #end(why: LaneEnd): void {
    if (this.#stop.signal.aborted) return;
    if (this.ended !== "lane-lost") this.ended = why;
    this.signal.raise();
  }

  async #renew(): Promise<void> {
    const { locks, clock } = this.engine;
    const untilMs = clock.nowMs() + LANE_LEASE_MS;
    await this.#trying("renewing a lane", async () => {
      const renewed = await locks.renew(laneName(this.lane.ref), this.lane.owner, untilMs, this.isProven());
      if (renewed === "lost") return this.#end("lane-lost");
      this.untilMs = Math.max(this.untilMs, untilMs);
      this.#renewAtMs = untilMs - LANE_LEASE_MS + RENEW_EVERY_MS;
    });
  }

  async #look(): Promise<void> {
    const { topics, subscriptions } = this.engine;
    const { topic, subscription } = this.reader;
    await this.#trying("looking at the settings", async () => {
      const readAtMs = this.engine.clock.nowMs();
      const [topicNow, now] = await Promise.all([
        topics.get(topic.name),
        subscriptions.get(topic, subscription.name),
      ]);
      if (now?.uid === subscription.uid) noteFilter(this.engine, now, readAtMs);
      if (topicNow) noteErasure(this.engine, topicNow);
      const isSame =
        topicNow?.uid === topic.uid &&
        topicNow.erasedAtMs === topic.erasedAtMs &&
        now?.uid === subscription.uid &&
        now.version === subscription.version;
      if (!isSame || !isPushable({ topic: topicNow, subscription: now })) this.#end("settings-changed");
    });
  }

  /** A lane that was let go has noted its running deliveries. Its pump sees within seconds that it has to end. */
  async #lookBehind(): Promise<void> {
    const { locks, clock } = this.engine;
    for (const lane of this.#behind) {
      const name = laneName({ ...this.lane.ref, lane });
      await this.#trying("looking at a lane that is over", async () => {
        const heldUntilMs = await locks.heldUntilMs(name);
        if (heldUntilMs !== undefined && heldUntilMs > clock.nowMs()) return;
        const known = new Set(this.others.map(({ leaseId }) => leaseId));
        const found = stragglersIn(await locks.note(name, { consistent: true }));
        this.#remain([...this.others, ...found.filter(({ leaseId }) => !known.has(leaseId))]);
        this.#behind = this.#behind.filter((one) => one !== lane);
        this.signal.raise();
      });
    }
  }

  async #lookAtStragglers(): Promise<void> {
    const others = this.others;
    await this.#trying("looking at stragglers", async () => {
      const { progress } = this.engine;
      for (let from = 0; from < others.length; from += LOOKS_TOGETHER) {
        const some = others.slice(from, from + LOOKS_TOGETHER);
        const over = await Promise.all(
          some.map(async (one) => {
            const record = await progress.get(this.reader.subscription, one.leaseId);
            return record?.kind === "lease" ? [] : [one];
          }),
        );
        const gone = new Set(over.flat());
        if (gone.size === 0) continue;
        this.#remain(this.others.filter((one) => !gone.has(one)));
        this.signal.raise();
      }
    });
  }

  /** A failed call is repeated at the next look. */
  async #trying(what: string, call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.engine.telemetry.event("pump-call-failed", "warn", { what, error: String(error) });
    }
  }
}

const firstOverMs = (stragglers: readonly Straggler[]): number =>
  stragglers.reduce((firstMs, { untilMs }) => Math.min(firstMs, untilMs), Infinity);
