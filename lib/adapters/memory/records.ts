import type { AppendOutcome, Refusal } from "../../domain/append-outcome.js";
import type { Beside, Claim } from "../../domain/beside.js";
import type { Slot } from "../../domain/slot.js";
import { holdsVersionBefore, keepSchedule } from "./schedules.js";
import { type MemoryStorage, copy } from "./storage.js";
import type { SortedMap } from "./sorted-map.js";
import { timerKeyOf } from "./timer-store.js";

type Take = Beside & { readonly kind: "take" };

/** The items in the same group as the one to be taken. */
const waitingIn = (storage: MemoryStorage, { from, group }: Take): SortedMap<unknown> | undefined =>
  storage[from].get(group);

/** Whether a record is in the way of this claim. */
const isHeld = ({ records }: MemoryStorage, { name }: Claim, nowMs: number): boolean =>
  (records.get(name)?.expiresAtMs ?? (records.has(name) ? Infinity : 0)) > nowMs;

export const refusedClaims = (
  storage: MemoryStorage,
  claims: readonly Claim[],
  nowMs: number,
): readonly Refusal[] =>
  claims.flatMap((claim, index) => {
    const value = storage.records.get(claim.name)?.value;
    return isHeld(storage, claim, nowMs) ? [{ index, ...(value === undefined ? {} : { value }) }] : [];
  });

/** The changes that are not allowed, with the values of their records. */
export function refusalOf(
  storage: MemoryStorage,
  { publishedAtMs }: Slot,
  beside: readonly Beside[],
): AppendOutcome | undefined {
  const isRefused = (change: Beside): boolean => {
    if (change.kind === "take") return waitingIn(storage, change)?.get(change.place) === undefined;
    if (change.kind === "schedule") return !holdsVersionBefore(storage, change.schedule);
    if (change.kind === "timer") return false;
    if (change.kind === "remove") return storage.records.get(change.name)?.version !== change.version;
    return isHeld(storage, change, publishedAtMs);
  };
  const refusals = beside.flatMap((change, index): readonly Refusal[] => {
    if (!isRefused(change)) return [];
    const isRecord = change.kind === "claim" || change.kind === "remove";
    const value = isRecord ? storage.records.get(change.name)?.value : undefined;
    return [{ index, ...(value === undefined ? {} : { value }) }];
  });
  return refusals.length > 0 ? { kind: "refused", refusals } : undefined;
}

export function applyBeside(storage: MemoryStorage, { publishedAtMs }: Slot, record: Beside): void {
  const { records } = storage;
  if (record.kind === "take") {
    waitingIn(storage, record)?.delete(record.place);
    return;
  }
  if (record.kind === "schedule") {
    keepSchedule(storage, record.schedule);
    return;
  }
  if (record.kind === "timer") {
    storage.timers.set(timerKeyOf(record.timer), copy(record.timer));
    return;
  }
  if (record.kind === "remove") {
    records.delete(record.name);
    return;
  }
  putClaim(storage, record, publishedAtMs);
}

/** As in the other store: by then no clock and no late transaction takes a record for alive. */
const STANDS_AFTER_EXPIRY_MS = 15 * 60_000;

/** Also removes what has expired, as TTL does, of the oldest first. */
export function putClaim({ records }: MemoryStorage, claim: Claim, nowMs: number): void {
  const { name, value, expiresAtMs } = claim;
  for (const [oldest, record] of records) {
    if ((record.expiresAtMs ?? Infinity) + STANDS_AFTER_EXPIRY_MS > nowMs) break;
    records.delete(oldest);
  }
  records.delete(name);
  records.set(name, { value, version: 1, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) });
}
