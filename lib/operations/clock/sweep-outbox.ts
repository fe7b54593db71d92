import { type OutboxShard, outboxShardKey, writtenAtMs } from "../../domain/outbox.js";
import type { FoundWaiting } from "../../domain/ports/outbox-store.js";
import { type Round, isDue } from "../../domain/round.js";
import type { Engine } from "../engine.js";
import { type Relayed, relay } from "../relay/relay.js";
import { orTell } from "./or-tell.js";
import { pageFrom } from "./rounds.js";

/** What is younger is on its way: the stream has called the relay, or will. A clock may be ahead by as much. */
const STRANDED_AFTER_MS = 30_000;
/** Of one run. What is read grows with what waits, never with what is idle; with this, not without bound either. */
const PAGES_AT_MOST = 4;
const PAGE = 1_000;

export interface SweepingOutbox {
  readonly round: Round | undefined;
  readonly everyMs: number;
  /** Called before each page with the place of that. `false`: another process continues. */
  readonly keep: (round: Round) => Promise<boolean>;
  readonly untilMs: number;
}

/** Whether anything is in the outbox at all: one look, however many topics there are. */
export async function isOutboxUsed({ outbox }: Engine): Promise<boolean> {
  const { items, nextCursor } = await outbox.scan({ limit: 1 });
  return items.length > 0 || nextCursor !== undefined;
}

/**
 * Looks for messages that are stranded in the outbox, and moves them: their stream record was lost, the relay failed,
 * or their topic was paused or not there. The look goes on where the last one stopped.
 */
export async function sweepOutbox(engine: Engine, sweeping: SweepingOutbox): Promise<Round | undefined> {
  const { round, everyMs, keep, untilMs } = sweeping;
  if (!isDue(round, everyMs, engine.clock.nowMs())) return round;
  const beganAtMs = round?.place ? round.beganAtMs : engine.clock.nowMs();
  const found: FoundWaiting[] = [];
  let cursor = round?.place?.cursor;
  for (let pages = 0; pages < PAGES_AT_MOST && engine.clock.nowMs() <= untilMs; pages++) {
    const page = await orTell(engine, { what: "outbox" }, () =>
      pageFrom((asked) => engine.outbox.scan(asked), PAGE, cursor),
    );
    if (!page) break;
    found.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined || !(await keep(placed(beganAtMs, cursor)))) break;
  }
  await moveStranded(engine, found, untilMs);
  return placed(beganAtMs, cursor);
}

const placed = (beganAtMs: number, cursor: string | undefined): Round =>
  cursor === undefined ? { beganAtMs } : { beganAtMs, place: { cursor, after: "" } };

async function moveStranded(engine: Engine, found: readonly FoundWaiting[], untilMs: number): Promise<void> {
  const nowMs = engine.clock.nowMs();
  const stranded = found.filter(({ name }) => isStranded(name, nowMs));
  if (stranded.length === 0) return;
  const shards = new Map<string, OutboxShard>(stranded.map(({ shard }) => [outboxShardKey(shard), shard]));
  const relayed = await relay(engine, [...shards.values()], { untilMs });
  for (const one of relayed) if (one.waiting) tell(engine, one, stranded, nowMs);
}

/** A time that lies ahead was written by a clock that is wrong: it says nothing of how long the message waits. */
function isStranded(name: string, nowMs: number): boolean {
  const ageMs = nowMs - writtenAtMs(name);
  return !(ageMs > -STRANDED_AFTER_MS && ageMs < STRANDED_AFTER_MS);
}

/** A pause is an operator's own word; everything else is for an operator to hear of. */
function tell(engine: Engine, one: Relayed, stranded: readonly FoundWaiting[], nowMs: number): void {
  const { topic, waiting } = one;
  const names = stranded.flatMap(({ shard, name }) => (shard.topic === topic ? [name] : []));
  const oldestMs = Math.min(...names.map(writtenAtMs));
  const oldestSeconds = Math.max(0, Math.floor((nowMs - oldestMs) / 1_000));
  const fields = { topic, waiting, oldestSeconds };
  if (waiting === "topic-paused") engine.telemetry.event("outbox-paused", "info", fields);
  else engine.telemetry.event("outbox-stranded", "error", fields);
}
