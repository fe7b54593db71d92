import { TOPIC_DEFAULTS } from "../../lib/domain/topic.js";
import type { Ownership } from "../../lib/domain/ownership.js";
import type { Change } from "./change.js";
import type { Declaration, Declared } from "./request.js";

const declaredIn = ({ settings }: Declaration): number => {
  const partitions = settings?.["partitions"];
  return typeof partitions === "number" ? partitions : TOPIC_DEFAULTS.partitions;
};

/**
 * Partitions are never taken away. So what has more than it should keeps them, where refusing would fail a rollback or
 * undo an operator: the construct asks for no other number than before, or goes back to the one before. Any other
 * smaller number stays in the change, and the API refuses it.
 */
export function withoutFewerPartitions(
  change: Change,
  wanted: Declaration,
  before: Declaration | undefined,
  there: Declared,
  ownership: Ownership | undefined,
): Change {
  const { partitions, ...others } = change.body;
  const has = there["partitions"];
  const isFewer = typeof partitions === "number" && typeof has === "number" && partitions < has;
  if (!isFewer || there["ordering"] !== "none") return change;
  const isNamed = wanted.settings?.["partitions"] !== undefined;
  const isSameAsBefore = before === undefined || declaredIn(before) === partitions;
  if (isNamed && !isSameAsBefore && ownership?.partitionsBefore !== partitions) return change;
  const notes = change.notes.filter((note) => !note.startsWith("partitions "));
  const kept = `partitions stay ${has}: they are never taken away (the construct asks for ${partitions})`;
  return { body: others, notes: [...notes, kept] };
}

/** Where the construct asks for more, notes what it asked for so far. */
export function withPartitionsBefore(
  ownership: Ownership,
  wanted: Declaration,
  before: Declaration | undefined,
): Ownership {
  const { subscription, schedule } = wanted.names;
  if (!before || subscription !== undefined || schedule !== undefined) return ownership;
  const partitionsBefore = declaredIn(before);
  return partitionsBefore < declaredIn(wanted) ? { ...ownership, partitionsBefore } : ownership;
}
