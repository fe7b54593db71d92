import type { DynamoDb } from "../lib/adapters/dynamodb/client.js";
import { dynamoDbLogStore } from "../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbProgressStore } from "../lib/adapters/dynamodb/progress/progress-store.js";
import type { LogStore } from "../lib/domain/ports/log-store.js";
import type { ProgressStore } from "../lib/domain/ports/progress-store.js";

/** What became of the calls that can lose. */
export interface RaceCounts {
  /** Slots that were stored. */
  readonly appends: number;
  readonly lostAppends: number;
  /** Moves of cursors, leases and retries that went through. */
  readonly moves: number;
  readonly lostMoves: number;
}

export interface Races {
  /** The two ports that can lose, counted. */
  around(db: DynamoDb): { readonly log: LogStore; readonly progress: ProgressStore };
  /** The counts since the last look. */
  take(): RaceCounts;
}

const NONE: RaceCounts = { appends: 0, lostAppends: 0, moves: 0, lostMoves: 0 };

/** Counts lost races by what the ports answer. */
export function racing(): Races {
  let counts: RaceCounts = NONE;
  const count = (name: keyof RaceCounts): void => {
    counts = { ...counts, [name]: counts[name] + 1 };
  };
  return {
    around: (db) => {
      const log = dynamoDbLogStore(db);
      const progress = dynamoDbProgressStore(db);
      return {
        log: {
          ...log,
          append: async (...args) => {
            const outcome = await log.append(...args);
            count(outcome.kind === "stored" ? "appends" : "lostAppends");
            return outcome;
          },
        },
        progress: {
          ...progress,
          move: async (...args) => {
            const outcome = await progress.move(...args);
            count(outcome === "moved" ? "moves" : "lostMoves");
            return outcome;
          },
        },
      };
    },
    take: () => {
      const taken = counts;
      counts = NONE;
      return taken;
    },
  };
}
