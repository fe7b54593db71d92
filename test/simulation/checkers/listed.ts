import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import type { MessageQuery } from "../../../lib/domain/message-query.js";
import type { MessageState } from "../../../lib/domain/open-message.js";
import { chainKey } from "../../../lib/domain/progress/chains.js";
import { type Due, openSpans } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { LogChecker } from "./log-checker.js";
import type { Logged } from "./partition-log.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";
import { wants } from "../filters.js";

/** What a list is of. */
export type ListKind = "dead-letters" | MessageState;

/** One thing that a list may name: under the name that it has in an answer. `place`: while that stays, it stays. */
export interface Listed {
  readonly name: string;
  readonly place: string;
  readonly key: string | undefined;
  readonly tag: string | undefined;
  readonly attempt: number;
  readonly lastError: string | undefined;
  readonly expiresAtMs: number;
  /** Whether a list may leave it out all the same. */
  readonly isDoubtful: boolean;
}

/** In words of this house, so that a bug of the queue's own does not hide itself. */
export function isAskedFor(
  { key, tag, attempt, lastError }: Pick<Listed, "key" | "tag" | "attempt" | "lastError">,
  query: MessageQuery,
): boolean {
  if (query.key !== undefined && query.key !== key) return false;
  if (query.tag !== undefined && query.tag !== tag) return false;
  if (query.minAttempts !== undefined && !(attempt >= query.minAttempts)) return false;
  return query.error === undefined || (lastError ?? "").split(query.error).length > 1;
}

interface Known {
  readonly storage: MemoryStorage;
  readonly log: LogChecker;
  readonly places: PlaceChecker;
}

/** What there is at this moment of what a list is of, by what the stores hold. */
export function thereNow(known: Known, watched: Watched, kind: ListKind, nowMs: number): readonly Listed[] {
  if (kind === "dead-letters") return deadLetters(known, watched);
  return kind === "waiting" ? waiting(known, watched, nowMs) : inRecords(known, watched, kind);
}

function deadLetters({ storage }: Known, { subscription }: Watched): readonly Listed[] {
  const letters = storage.progress.get(subscriptionKey(subscription))?.letters.values() ?? [];
  return [...letters].map(({ id, nonce, key, tag, attempt, lastError, expiresAtMs }) => ({
    ...{ name: id, place: nonce, key, tag, attempt, lastError, expiresAtMs },
    isDoubtful: false,
  }));
}

/** What a read that lags behind shows by now. */
const LAG_MS = 5_000;

function waiting({ log, places }: Known, watched: Watched, nowMs: number): readonly Listed[] {
  const { subscription, filters } = watched;
  const logs = [...log.partitions.values()].filter(({ ref }) => ref.topic.uid === subscription.topic.uid);
  return logs
    .flatMap((one) => one.from(places.head(watched, one.ref.partition)))
    .filter(({ fields }) => filters.some(({ filter }) => wants(filter, fields) !== false))
    .map((logged) => ({
      ...ofLogged(logged),
      ...{ place: "ahead", attempt: 0, lastError: undefined },
      isDoubtful:
        logged.atMs > nowMs - LAG_MS ||
        isUnclear(log, logged) ||
        places.isOver(watched, logged) ||
        places.filters.mayLeaveOut(watched, logged),
    }));
}

function inRecords({ storage, log, places }: Known, watched: Watched, state: MessageState): Listed[] {
  const { subscription } = watched;
  const progress = storage.progress.get(subscriptionKey(subscription));
  const records = progress?.records().filter(({ epoch }) => epoch >= subscription.epoch) ?? [];
  const listed: Listed[] = [];
  for (const record of records) {
    const logOf = places.logOf(subscription, record.partition);
    for (const span of record.kind === "hint" ? [] : openSpans(record)) {
      for (const logged of logOf.between(span.from, span.to)) {
        if (stateOf(record, span, logged.offset) !== state) continue;
        const letter = span.heldUntilMs === undefined ? undefined : progress?.letters.get(logged.id);
        const { attempt, lastError } = letter ?? span;
        listed.push({
          ...ofLogged(logged),
          ...{ place: record.id, attempt, lastError },
          isDoubtful: isUnclear(log, logged) || (span.heldUntilMs !== undefined && letter === undefined),
        });
      }
    }
  }
  return listed;
}

function stateOf(record: Due, span: Span, offset: number): MessageState {
  if (span.heldUntilMs !== undefined) return "held";
  if (record.kind === "lease" && span.isReturned !== true) return "leased";
  const open = openSpans(record);
  const isOfKey = (one: Span): boolean => (one.keyAt ?? 0) === (span.keyAt ?? 0);
  if (open.some((one) => one.heldUntilMs !== undefined && one.from < offset && isOfKey(one))) return "held";
  const isParked = span.parkedUntilMs !== undefined;
  const isBehind =
    record.kind === "retry" && chainKey(record.id) !== undefined && offset > (open[0]?.from ?? 0);
  return span.attempt === 0 && (isParked || isBehind) ? "parked" : "retrying";
}

const ofLogged = ({ id, key, fields, expiresAtMs, headerExpiresAtMs, slotExpiresAtMs }: Logged) => ({
  name: id,
  key,
  tag: fields.tag,
  expiresAtMs: Math.min(expiresAtMs, headerExpiresAtMs, slotExpiresAtMs),
});

/** Where an object cannot be read, what is only there may not be told. */
const isUnclear = (log: LogChecker, logged: Logged): boolean =>
  log.isUnreadable(logged) || log.hasFailedForLong(logged);
