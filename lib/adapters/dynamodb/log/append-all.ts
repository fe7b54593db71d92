import { randomUUID } from "node:crypto";
import { type Together, type TogetherOutcome, assertTogether } from "../../../domain/together.js";
import { Conflict, MessageTooLarge } from "../../../domain/errors.js";
import type { DynamoDb } from "../client.js";
import { TransactWriteCommand } from "../commands.js";
import { pastConflicts } from "../conflicts.js";
import { delayWrites, refusedIn } from "../delayed-store.js";
import { type CancellationReason, cancellationReasons, toDomainError } from "../errors.js";
import { ITEM_LIMIT_BYTES } from "../items/item-size.js";
import { refusalOf, writesOf } from "./append.js";

const DURING = "append of several";

/** Several slots and delayed messages in one transaction. */
export async function appendAll(db: DynamoDb, all: Together): Promise<TogetherOutcome> {
  assertTogether(all);
  const appends = all.appends.map((part) => writesOf(db.tables, part));
  const delays = all.delays.map((part) => delayWrites(db.tables, part));
  const call = { ClientRequestToken: randomUUID(), TransactItems: [...appends, ...delays].flat() };
  try {
    await pastConflicts(() => db.client.send(new TransactWriteCommand(call)));
    return { kind: "stored" };
  } catch (error) {
    const reasons = [...(cancellationReasons(error) ?? [])];
    const lengths = [...appends, ...delays].map(({ length }) => length);
    const outcome = outcomeOf(
      all,
      lengths.map((length) => reasons.splice(0, length)),
    );
    if (outcome) return outcome;
    // A newer release set one of the timers in its own format: the next try takes another one.
    if (cancellationReasons(error)?.some(({ code }) => code === "ConditionalCheckFailed"))
      throw new Conflict(DURING);
    const inline = all.appends.map(({ slot: { content } }) =>
      content.kind === "inline" ? content.bytes.length : 0,
    );
    throw toDomainError(error, DURING, () => new MessageTooLarge(Math.max(0, ...inline), ITEM_LIMIT_BYTES));
  }
}

/** `reasons`: of the writes of each append, then of each part of delayed messages. */
function outcomeOf(
  { appends, delays }: Together,
  reasons: readonly (readonly CancellationReason[])[],
): TogetherOutcome | undefined {
  const ofAppends = appends.map(({ slot, beside = [] }, at) => refusalOf(slot, beside, reasons[at] ?? []));
  if (ofAppends.some((outcome) => outcome?.kind === "stored")) return { kind: "stored" };
  const ofDelays = delays.map((part, at) => refusedIn(part, reasons[appends.length + at] ?? []));
  const isBeaten = ofAppends.some((outcome) => outcome) || ofDelays.some(({ length }) => length > 0);
  return isBeaten ? { kind: "beaten", appends: ofAppends, delays: ofDelays } : undefined;
}
