import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { parseGivenId } from "../../../lib/domain/message-id.js";
import type { AppendOptions } from "../../../lib/domain/ports/log-store.js";
import type { Schedule, ScheduleRef } from "../../../lib/domain/schedule.js";
import { decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { Topic, TopicRef } from "../../../lib/domain/topic.js";
import { STRICT, fitOf } from "../body-schemas.js";
import { PERIODS_MS } from "../schedule-times.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { type LogChecker, labelOf } from "./log-checker.js";
import type { Logged } from "./partition-log.js";
import { isCreated } from "./outcomes.js";
import type { Mover } from "./watched.js";

/** Where nothing goes wrong a clock is there for what is due, and looks once a second. */
const PROMPT_MS = 5_000;
/** The rule's minute, clocks apart, the lock of a clock that died. */
const SERVED_WITHIN_MS = 240_000;

/** Longer than a process is frozen. */
const LOOKED_WITHIN_MS = 300_000;

/**
 * Schedules: each due run is published once, no earlier than it is due, under one id; what is missed is made up for by
 * one run; nothing runs that is paused or deleted; an operator's word runs it once more, and moves nothing else.
 */
export class ScheduleChecker {
  /** Whether nothing goes wrong: then runs are in time. */
  isCalm = false;
  /** As they are stored, by uid. */
  readonly #there = new Map<string, Schedule>();
  /** Of all that there ever were. */
  readonly #uids = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #ran = new Set<string>();
  readonly #claimed = new Set<string>();
  readonly #answers = new Map<string, string>();
  /** By the topic's uid. */
  readonly #schemas = new Map<string, { readonly schema: string; readonly sinceMs: number }>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly log: LogChecker,
    private readonly isLive: (topic: TopicRef) => boolean,
  ) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    if (port === "topics" && (outcome === "updated" || isCreated(outcome))) this.#schemaOf(args[0] as Topic);
    if (port !== "schedules") return;
    if (method === "create" && isCreated(outcome)) this.#created(args[0] as Schedule);
    if (method === "update" && outcome === "updated") this.#updated(args[0] as Schedule);
    if (method === "delete" && outcome === "deleted") this.#there.delete((args[0] as ScheduleRef).uid);
    if (method === "purge" && outcome === true)
      for (const [uid, { topic }] of this.#there)
        if (topic.uid === (args[0] as TopicRef).uid) this.#there.delete(uid);
  }

  #created(schedule: Schedule): void {
    if (this.#uids.has(schedule.uid)) return;
    this.#uids.add(schedule.uid);
    this.#there.set(schedule.uid, schedule);
    this.#countsFrom("created", schedule, schedule.createdAtMs);
  }

  #updated(next: Schedule): void {
    if (this.#isRepeat(next)) return;
    const before = this.#there.get(next.uid);
    if (!before) return this.#wrong(next, "was changed, and is deleted");
    this.#there.set(next.uid, next);
    if (next.lastDueMs !== before.lastDueMs) return this.#refusedFor(before, next);
    const isOther =
      before.cron !== next.cron || before.timeZone !== next.timeZone || before.paused !== next.paused;
    if (isOther) this.#countsFrom("changed", next, next.updatedAtMs);
    else if (before.nextRunMs !== next.nextRunMs)
      this.#wrong(next, `was due at ${before.nextRunMs}, and now is at ${next.nextRunMs}, without a run`);
  }

  #refusedFor(before: Schedule, next: Schedule): void {
    const { lastDueMs: dueMs = 0, lastRefusal, uid } = next;
    if (before.paused) this.#wrong(next, "was refused, and is paused");
    if (before.nextRunMs !== dueMs)
      this.#wrong(next, `was due at ${before.nextRunMs}, and was refused for ${dueMs}`);
    if (this.#ran.has(`${uid} ${dueMs}`)) this.#wrong(next, `was refused for ${dueMs}, and has run for it`);
    this.#ran.add(`${uid} ${dueMs}`);
    if (!lastRefusal || lastRefusal.atMs === before.lastRefusal?.atMs)
      return this.#wrong(next, `has published nothing for ${dueMs}, and does not say why`);
    if (!this.#schemas.has(next.topic.uid) || fitOf(labelIn(next)) === 2)
      this.#wrong(next, "was refused, and its message fits every schema of its topic");
    this.#countsFrom("refused", next, Math.max(lastRefusal.atMs, dueMs));
    this.world.count("schedule-refused");
  }

  #schemaOf({ uid, schema }: Topic): void {
    const known = this.#schemas.get(uid);
    if (schema !== undefined && schema !== known?.schema)
      this.#schemas.set(uid, { schema, sinceMs: this.world.nowMs });
  }

  /** Whoever runs it has looked at the topic a moment before, or a long while if it was frozen. */
  #mustFit(next: Schedule): void {
    const known = this.#schemas.get(next.topic.uid);
    if (!known || this.world.nowMs - known.sinceMs < LOOKED_WITHIN_MS) return;
    if (fitOf(labelIn(next)) < (known.schema === STRICT ? 2 : 1))
      this.#wrong(next, "has run, and its message does not fit its topic's schema");
  }

  #countsFrom(what: string, { nextRunMs, ...schedule }: Schedule, nowMs: number): void {
    const expectedMs = schedule.paused ? undefined : after(schedule, nowMs);
    if (nextRunMs !== expectedMs)
      this.#wrong(schedule, `was ${what} at ${nowMs}: its next run is ${nextRunMs}, not ${expectedMs}`);
  }

  /** `added`: what an append put into the log; nothing by the same slot once more. */
  appended(who: Mover, { args }: Call, added: readonly Logged[]): void {
    if (this.#uids.size === 0 || added.length === 0) return;
    const { beside = [] } = (args[2] as AppendOptions | undefined) ?? {};
    const runs = beside.flatMap((change) => (change.kind === "schedule" ? [change.schedule] : []));
    const own = added.filter(({ id }) => this.#uids.has(parseGivenId(id)?.nonce.slice(0, UID_LENGTH) ?? ""));
    const ids = own.map(({ id }) => id).join();
    if (ids !== runs.map(({ lastMessageId }) => lastMessageId).join())
      this.world.violation(
        "schedule",
        `${who.name} published ${ids || "nothing"} beside a run of another id`,
      );
    for (const next of runs) {
      this.#changed(who, next);
      const claim = beside.find((change) => change.kind === "claim");
      if (claim && this.#claimed.has(claim.name)) this.#wrong(next, "was run twice by one request");
      if (claim) this.#claimed.add(claim.name);
    }
  }

  #changed(who: Mover, next: Schedule): void {
    const before = this.#there.get(next.uid);
    if (!before) return this.#wrong(next, "has run, and is deleted");
    if (before.version !== next.version - 1)
      return this.#wrong(next, `has run as version ${next.version - 1} is gone`);
    this.#there.set(next.uid, next);
    this.#mustFit(next);
    if (next.lastDueMs !== before.lastDueMs) return this.#ranFor(who, before, next);
    this.world.count("schedule-run-now");
    if (next.nextRunMs !== before.nextRunMs)
      this.#wrong(next, `was run now, and its next run went from ${before.nextRunMs} to ${next.nextRunMs}`);
  }

  #ranFor(who: Mover, before: Schedule, next: Schedule): void {
    const { lastDueMs: dueMs = 0, lastRunMs: ranMs = 0, uid } = next;
    if (before.paused) this.#wrong(next, "has run, and is paused");
    if (before.nextRunMs !== dueMs)
      this.#wrong(next, `was due at ${before.nextRunMs}, and has run for ${dueMs}`);
    if (this.#ran.has(`${uid} ${dueMs}`)) this.#wrong(next, `has run for ${dueMs} a second time`);
    this.#ran.add(`${uid} ${dueMs}`);
    if (who.nowMs < dueMs) this.#wrong(next, `has run ${dueMs - who.nowMs} ms before its time`);
    this.#countsFrom("run", next, Math.max(ranMs, dueMs));
    this.world.count("schedule-ran");
    const lateMs = ranMs - dueMs;
    if (lateMs > (PERIODS_MS[next.cron] ?? 0)) this.world.count("schedule-made-up");
    if (this.isCalm && lateMs > PROMPT_MS)
      this.#wrong(next, `has run ${lateMs} ms late, and nothing was wrong`);
  }

  /** An operator was told that this is its message. `key`: of the request. */
  said(id: string, key: string | undefined): void {
    if (!this.log.addressOf(id))
      this.world.violation("schedule", `an operator was told of ${id}, which is not there`);
    if (key === undefined) return;
    const uid = parseGivenId(id)?.nonce.slice(0, UID_LENGTH) ?? "";
    const before = this.#answers.get(`${uid} ${key}`);
    if (before !== undefined && before !== id)
      this.world.violation("schedule", `request ${key} was answered with ${before}, and then with ${id}`);
    this.#answers.set(`${uid} ${key}`, id);
  }

  /** Once nothing goes wrong for a while. */
  noneIsOverdue(): void {
    for (const schedule of this.#there.values()) {
      const lateMs = this.world.nowMs - (schedule.nextRunMs ?? Infinity);
      if (this.isLive(schedule.topic) && lateMs > SERVED_WITHIN_MS)
        this.#wrong(schedule, `was due ${lateMs} ms ago, and nobody comes`);
    }
  }

  atTheEnd(): void {
    for (const [uid, all] of this.storage.schedules) {
      const topic = [...all.values()][0]?.topic;
      if (topic && !this.isLive(topic))
        this.world.violation("leak", `schedules of ${topic.name}#${uid} are left, which was deleted`);
    }
  }

  /** A write that is carried out twice, and says so both times. */
  #isRepeat({ uid, version, updatedAtMs, lastMessageId }: Schedule): boolean {
    const write = `${uid} ${version} ${updatedAtMs} ${lastMessageId}`;
    if (this.#seen.has(write)) return true;
    this.#seen.add(write);
    return false;
  }

  #wrong({ name, version }: Pick<Schedule, "name" | "version">, text: string): void {
    this.world.violation("schedule", `${name} (version ${version}) ${text}`);
  }
}

const UID_LENGTH = 22;

function labelIn({ copy }: Schedule): string {
  const bytes = copy.content.kind === "inline" ? copy.content.bytes : new Uint8Array();
  return labelOf(decodeMessages({ ...copy, count: 1 }, bytes)[0]?.body ?? "");
}

/** The first multiple of its period behind that time, and behind what it ran for. */
function after({ cron, lastDueMs = 0 }: Pick<Schedule, "cron" | "lastDueMs">, nowMs: number): number {
  const periodMs = PERIODS_MS[cron] ?? 0;
  return (Math.floor(Math.max(nowMs, lastDueMs) / periodMs) + 1) * periodMs;
}
