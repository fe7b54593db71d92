import type { AppendOutcome } from "../../domain/append-outcome.js";
import type { Beside } from "../../domain/beside.js";
import type { Slot } from "../../domain/slot.js";
import type { MemoryStorage } from "./storage.js";

/** The first record that does not allow its change, and its value. */
export function refusalOf(
  { records }: MemoryStorage,
  { publishedAtMs }: Slot,
  beside: readonly Beside[],
): AppendOutcome | undefined {
  const index = beside.findIndex((record) => {
    const there = records.get(record.name);
    if (record.kind === "remove") return there?.version !== record.version;
    return there !== undefined && (there.expiresAtMs ?? Infinity) > publishedAtMs;
  });
  const record = beside[index];
  if (!record) return undefined;
  const value = records.get(record.name)?.value;
  return { kind: "refused", index, ...(value === undefined ? {} : { value }) };
}

export function applyBeside({ records }: MemoryStorage, record: Beside): void {
  if (record.kind === "remove") {
    records.delete(record.name);
    return;
  }
  const { value, expiresAtMs } = record;
  records.set(record.name, { value, version: 1, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) });
}
