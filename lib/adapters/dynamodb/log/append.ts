import { randomUUID } from "node:crypto";
import { PutCommand, TransactWriteCommand, type Write } from "../commands.js";
import { versionAfter } from "../../../domain/anchor.js";
import type { AppendOutcome, Refusal } from "../../../domain/append-outcome.js";
import { type Beside, assertBeside } from "../../../domain/beside.js";
import { MessageTooLarge, type SluiceError, Throttled } from "../../../domain/errors.js";
import type { AppendOptions } from "../../../domain/ports/log-store.js";
import { invariant } from "../../../domain/invariant.js";
import type { AppendPart } from "../../../domain/together.js";
import type { Slot } from "../../../domain/slot.js";
import type { PartitionRef } from "../../../domain/topic.js";
import { vendorError } from "../../aws/vendor-error.js";
import type { DynamoDb, Tables } from "../client.js";
import { pastConflicts } from "../conflicts.js";
import {
  type CancellationReason,
  cancellationReasons,
  failedCondition,
  isTransactionConflict,
  toDomainError,
} from "../errors.js";
import { anchorItem } from "../items/anchor-item.js";
import { IS_THERE, hasVersion } from "../items/format.js";
import { ITEM_LIMIT_BYTES } from "../items/item-size.js";
import { claimPut, recordKey, recordValueOf } from "../items/record-item.js";
import { schedulePut } from "../items/schedule-item.js";
import { slotItem, tailOf } from "../items/slot-item.js";
import { timerPut } from "../items/timer-item.js";
import { waitingKey } from "../items/waiting-key.js";

const CONFLICT_RETRY_MS = 100;
const FREE_PLACE = "attribute_not_exists(pk)";
const SHOWN = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/** The put at exactly the next offset. If the place is taken, the error shows who took it. */
const place = ({ log }: Tables, partition: PartitionRef, slot: Slot) => ({
  TableName: log,
  Item: slotItem(partition, slot),
  ConditionExpression: FREE_PLACE,
  ...SHOWN,
});

export async function appendAlone(db: DynamoDb, partition: PartitionRef, slot: Slot): Promise<AppendOutcome> {
  const put = new PutCommand(place(db.tables, partition, slot));
  try {
    await pastConflicts(() => db.client.send(put));
    return { kind: "stored" };
  } catch (error) {
    const failed = failedCondition(error);
    if (!failed) throw appendError(error, slot);
    return isOwn(slot, failed.item) ? { kind: "stored" } : lostTo(slot, failed.item);
  }
}

/** Stores the slot, raises the partition's anchor version and makes the changes beside it: all or nothing. */
export async function appendTogether(
  db: DynamoDb,
  partition: PartitionRef,
  slot: Slot,
  { anchorVersion, beside = [] }: AppendOptions,
): Promise<AppendOutcome> {
  assertBeside(beside);
  const TransactItems = writesOf(db.tables, { partition, slot, anchorVersion, beside });
  const all = { ClientRequestToken: randomUUID(), TransactItems };
  try {
    await pastConflicts(() => db.client.send(new TransactWriteCommand(all)));
    return { kind: "stored" };
  } catch (error) {
    const outcome = refusalOf(slot, beside, cancellationReasons(error) ?? []);
    if (outcome) return outcome;
    throw appendError(error, slot);
  }
}

/** The slot, what is beside it, and its anchor, in this order. */
export const writesOf = (
  tables: Tables,
  { partition, slot, anchorVersion, beside = [] }: AppendPart,
): readonly Write[] => [
  { Put: place(tables, partition, slot) },
  ...beside.map((record) => besideWrite(tables, slot, record)),
  ...(anchorVersion === undefined ? [] : [bump(tables, partition, slot, anchorVersion)]),
];

/** That the anchor still has this version; 0: that there is none. */
export const anchorHas = (version: number) => ({
  ...(version === 0 ? { ConditionExpression: FREE_PLACE } : hasVersion(version)),
  ...SHOWN,
});

const bump = (
  { state }: Tables,
  partition: PartitionRef,
  { publishedAtMs }: Slot,
  anchorVersion: number,
): Write => ({
  Put: {
    TableName: state,
    Item: anchorItem(partition, versionAfter(anchorVersion, publishedAtMs)),
    ...anchorHas(anchorVersion),
  },
});

function besideWrite({ state, outbox }: Tables, { publishedAtMs }: Slot, record: Beside): Write {
  if (record.kind === "take") {
    const TableName = record.from === "outbox" ? outbox : state;
    invariant(TableName !== undefined, "who takes from the outbox knows its table");
    return { Delete: { TableName, Key: waitingKey(record), ...IS_THERE, ...SHOWN } };
  }
  if (record.kind === "remove") {
    return { Delete: { TableName: state, Key: recordKey(record), ...hasVersion(record.version), ...SHOWN } };
  }
  if (record.kind === "schedule") {
    return { Put: { TableName: state, ...schedulePut(record.schedule), ...SHOWN } };
  }
  if (record.kind === "timer") return { Put: { TableName: state, ...timerPut(record.timer) } };
  return { Put: { TableName: state, ...claimPut(record, publishedAtMs) } };
}

/**
 * If the slot itself is there, it was stored. Otherwise a refused change comes first, since no other offset would
 * change that outcome.
 */
export function refusalOf(
  slot: Slot,
  beside: readonly Beside[],
  [placed, ...others]: readonly CancellationReason[],
): AppendOutcome | undefined {
  const isRefused = ({ code }: CancellationReason): boolean => code === "ConditionalCheckFailed";
  const isTaken = placed !== undefined && isRefused(placed);
  if (isTaken && isOwn(slot, placed.item)) return { kind: "stored" };
  const refusals = beside.flatMap((change, index): readonly Refusal[] => {
    const reason = others[index];
    if (!reason || !isRefused(reason)) return [];
    const isRecord = change.kind === "claim" || change.kind === "remove";
    const value = isRecord ? recordValueOf(reason.item) : undefined;
    return [{ index, ...(value === undefined ? {} : { value }) }];
  });
  if (refusals.length > 0) return { kind: "refused", refusals };
  if (isTaken) return lostTo(slot, placed.item);
  return others.some(isRefused) ? { kind: "anchor-moved" } : undefined;
}

/** The place holds this writer's own slot: the response to its first attempt was lost. */
const isOwn = (slot: Slot, item: Record<string, unknown> | undefined): boolean => item?.w === slot.nonce;

/** A winner that the error does not show counts as expired, so the loser reads the tail. */
const lostTo = (slot: Slot, item: Record<string, unknown> | undefined): AppendOutcome => ({
  kind: "lost",
  winner: tailOf({ ...item, base: slot.base }),
});

function appendError(error: unknown, { content }: Slot): SluiceError {
  if (isTransactionConflict(error))
    return new Throttled("append", CONFLICT_RETRY_MS, { cause: vendorError(error) });
  // Too large only if the inline limit was configured above what an item can hold.
  const sizeBytes = content.kind === "inline" ? content.bytes.length : 0;
  return toDomainError(error, "append", () => new MessageTooLarge(sizeBytes, ITEM_LIMIT_BYTES));
}
