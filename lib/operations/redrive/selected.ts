import type { DeadLetterEntry } from "../../domain/dead-letter.js";
import { InvalidRequest, SluiceError } from "../../domain/errors.js";
import { type Filter, matches } from "../../domain/filter/evaluate.js";
import { compileFilter } from "../../domain/filter/filter.js";
import { viewOf } from "../../domain/filter/view.js";
import type { Reader } from "../../domain/reader.js";
import type { JobSelection } from "../../domain/redrive-job.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import type { Engine } from "../engine.js";
import { openCopy } from "../log/message-copy.js";
import type { Refused } from "./send-again.js";

/** A stretch of a selection. */
export interface SelectedPage {
  /** How many dead letters were looked at. */
  readonly looked: number;
  readonly selected: readonly DeadLetterEntry[];
  /** Those that cannot be told to match or not. */
  readonly refused: readonly Refused[];
  /** Where the selection goes on; undefined at its end. */
  readonly next?: string;
}

export interface SelectedRequest {
  readonly selection: Exclude<JobSelection, { readonly kind: "ids" }>;
  /** Only those that died by then. */
  readonly untilMs: number;
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Whether one whose content cannot be read now is refused; otherwise that is thrown. */
  readonly isLenient?: boolean;
}

/**
 * The next dead letters of a selection, longest dead first: looks at `limit` of them at the most.
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function selectedPage(
  engine: Engine,
  { subscription }: Reader,
  { selection, untilMs, limit, cursor, isLenient = false }: SelectedRequest,
): Promise<SelectedPage> {
  const { deadLetters, clock } = engine;
  const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
  const { items, nextCursor } = await deadLetters.list(subscription, { nowMs: clock.nowMs() }, page);
  // What fails again meanwhile is not selected again.
  const before = items.filter(({ deadLetteredAtMs }) => deadLetteredAtMs <= untilMs);
  const isOver = nextCursor === undefined || before.length < items.length;
  const next = isOver ? {} : { next: nextCursor };
  const looked = before.length;
  if (selection.kind === "all") return { looked, selected: before, refused: [], ...next };
  const filter = compileFilter(selection.filter);
  const verdicts = await Promise.all(
    before.map((entry) => verdictOf(engine, subscription, filter, entry, isLenient)),
  );
  const selected = before.filter((_, index) => verdicts[index] === true);
  const refused = before.flatMap(({ id }, index) => {
    const error = verdicts[index];
    return error instanceof SluiceError ? [{ id, error }] : [];
  });
  return { looked, selected, refused, ...next };
}

/** Whether a dead letter's message matches, or why that cannot be told. Reads its content. */
async function verdictOf(
  engine: Engine,
  subscription: Reader["subscription"],
  filter: Filter,
  { id }: DeadLetterEntry,
  isLenient: boolean,
): Promise<boolean | SluiceError> {
  try {
    const letter = await engine.deadLetters.get(subscription, id);
    if (!letter) return false;
    const message = await openCopy(engine, letter.copy);
    if (!(message instanceof UnreadableSlot)) return matches(filter, viewOf(message));
    const detail = `cannot be asked of ${id}, since its copy cannot be read (${message.reason})`;
    return new InvalidRequest([{ path: "filter", detail }]);
  } catch (error) {
    if (isLenient && error instanceof SluiceError) return error;
    throw error;
  }
}
