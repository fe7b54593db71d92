import type { AppendOutcome } from "../../domain/append-outcome.js";
import type { Beside } from "../../domain/beside.js";
import type { Slot } from "../../domain/slot.js";
import type { MemoryStorage } from "./storage.js";
import type { SortedMap } from "./sorted-map.js";

type Take = Beside & { readonly kind: "take" };

/** The items in the same group as the one to be taken. */
const waitingIn = (storage: MemoryStorage, { from, group }: Take): SortedMap<unknown> | undefined =>
  storage[from].get(group);

/** The first change that is not allowed, and the value of its record. */
export function refusalOf(
  storage: MemoryStorage,
  { publishedAtMs }: Slot,
  beside: readonly Beside[],
): AppendOutcome | undefined {
  const { records } = storage;
  const index = beside.findIndex((record) => {
    if (record.kind === "take") return waitingIn(storage, record)?.get(record.place) === undefined;
    const there = records.get(record.name);
    if (record.kind === "remove") return there?.version !== record.version;
    return there !== undefined && (there.expiresAtMs ?? Infinity) > publishedAtMs;
  });
  const record = beside[index];
  if (!record) return undefined;
  const value = record.kind === "take" ? undefined : records.get(record.name)?.value;
  return { kind: "refused", index, ...(value === undefined ? {} : { value }) };
}

export function applyBeside(storage: MemoryStorage, record: Beside): void {
  const { records } = storage;
  if (record.kind === "take") {
    waitingIn(storage, record)?.delete(record.place);
    return;
  }
  if (record.kind === "remove") {
    records.delete(record.name);
    return;
  }
  const { value, expiresAtMs } = record;
  records.set(record.name, { value, version: 1, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) });
}
