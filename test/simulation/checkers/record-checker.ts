import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { type Cursor, type Due, timeInId } from "../../../lib/domain/progress/records.js";
import type { Offset } from "../../../lib/domain/slot.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { PartitionLog } from "./partition-log.js";
import type { Watched } from "./watched.js";

/** Clocks are this far apart at the most, so a message may be taken for expired as much too soon. */
export const SKEW_MS = 125_000;
const RECORD_BYTES_AT_MOST = 100_000;

/** What a move passes as expired. `passed`: where all of it comes from ahead of a head. */
interface Expiry {
  readonly least: number;
  readonly log: PartitionLog;
  readonly passed: Stretch | undefined;
}

interface Stretch {
  readonly from: Offset;
  readonly to: Offset;
}

/** How many of a stretch may have expired: what is not there any more, and what is not sure to live. */
const mayHaveExpired = (log: PartitionLog, { from, to }: Stretch, nowMs: number): number =>
  to - from - log.between(from, to).filter(({ expiresAtMs }) => expiresAtMs > nowMs).length;

/** A move and its records by themselves: of a bounded size, found when they are due, with what expired counted. */
export class RecordChecker {
  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
  ) {}

  isBounded(who: string, record: Due | Cursor): void {
    const sizeBytes = JSON.stringify(record).length;
    if (sizeBytes > RECORD_BYTES_AT_MOST)
      this.world.violation("size", `${who} put a record of ${sizeBytes} bytes`);
  }

  /** What a move passes as expired is counted, and nothing else is. */
  expiryIsCounted(who: string, counted: number, { least, log, passed }: Expiry): void {
    const most = passed ? mayHaveExpired(log, passed, this.world.nowMs + SKEW_MS) : Infinity;
    if (counted < least)
      this.world.violation("expired", `${who} passed ${least} expired messages, and counted ${counted}`);
    if (counted > most)
      this.world.violation(
        "expired",
        `${who} counted ${counted} expired messages, where ${most} may have been`,
      );
  }

  /**
   * A look finds a record by the time in its id, or once it was due before it was changed, if that is later: looks may
   * remember that. Where it is due sooner, a hint has to lead to it.
   */
  isFound(who: string, { subscription }: Watched, before: readonly Due[], record: Due): void {
    const there = before.find(({ id }) => id === record.id);
    const foundFromMs = Math.max(timeInId(record.id), there?.dueMs ?? 0);
    if (record.kind === "hint" || foundFromMs <= record.dueMs) return;
    const all = this.storage.progress.get(subscriptionKey(subscription))?.due.values() ?? [];
    const isHinted = [...all].some(
      (hint) => hint.kind === "hint" && hint.leaseId === record.id && hint.dueMs <= record.dueMs,
    );
    if (isHinted) return;
    this.world.violation("late", `${who} put ${record.kind} ${record.id}, which nobody finds when it is due`);
  }
}
