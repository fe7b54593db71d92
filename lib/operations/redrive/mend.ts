import { type DeadLetterEntry, type MendedCopy, mendedName } from "../../domain/dead-letter.js";
import { InvalidRequest, MessageExpired, SluiceError } from "../../domain/errors.js";
import type { MessageContent } from "../../domain/message.js";
import type { Reader } from "../../domain/reader.js";
import { UnreadableSlot } from "../../domain/slot-codec.js";
import type { Engine } from "../engine.js";
import { liveSlotAt } from "../log/live-slot-at.js";
import { copyMessage, openCopy } from "../log/message-copy.js";

/** What replaces a part of a message's content; what is left out stays as it was. */
export interface Mend {
  readonly attributes?: MessageContent["attributes"];
  readonly body?: Pick<MessageContent, "body" | "contentType">;
}

/** What replaces the content of dead letters that are sent again, and those whose own content cannot be read. */
export interface MendedCopies {
  readonly mended: ReadonlyMap<string, MendedCopy>;
  readonly refused: ReadonlyMap<string, SluiceError>;
}

export interface MendingOptions {
  /** What replaces the content of all of them. */
  readonly mend?: Mend;
  /** Whether one whose own content cannot be read now is refused; otherwise that is thrown. */
  readonly isLenient?: boolean;
}

/**
 * For dead letters that are sent again with another content than the log holds, by their ids: those that are mended
 * now, and those that were mended before and failed again. What replaces it lives as long as the message in the log.
 * @throws {StorageUnavailable} {Throttled} if a content cannot be read now
 */
export async function mendedCopies(
  engine: Engine,
  reader: Reader,
  entries: readonly DeadLetterEntry[],
  { mend, isLenient = false }: MendingOptions,
): Promise<MendedCopies> {
  const mended = new Map<string, MendedCopy>();
  const refused = new Map<string, SluiceError>();
  for (const entry of entries) {
    if (!mend && !entry.isMended) continue;
    try {
      const copy = await mendedCopy(engine, reader, entry, mend ?? {});
      if (copy) mended.set(entry.id, copy);
    } catch (error) {
      const isRefused = error instanceof MessageExpired || error instanceof InvalidRequest || isLenient;
      if (!isRefused || !(error instanceof SluiceError)) throw error;
      refused.set(entry.id, error);
    }
  }
  return { mended, refused };
}

/**
 * undefined if the dead letter is gone: then the move that removes it tells.
 * @throws {MessageExpired} {InvalidRequest} if it cannot be mended
 */
async function mendedCopy(
  engine: Engine,
  { topic, subscription }: Reader,
  { id, partition, offset }: DeadLetterEntry,
  { attributes, body }: Mend,
): Promise<MendedCopy | undefined> {
  const letter = await engine.deadLetters.get(subscription, id);
  if (!letter) return undefined;
  const slot = await liveSlotAt(engine, { topic, partition }, offset);
  if (!slot) throw new MessageExpired(id);
  const before = await openCopy(engine, letter.copy);
  if (before instanceof UnreadableSlot) {
    const detail = `${id} cannot be mended, since its copy cannot be read (${before.reason}): publish it anew`;
    throw new InvalidRequest([{ path: "ids", detail }]);
  }
  const { uploaded, ...own } = before;
  const kept = uploaded && !body ? { uploaded } : {};
  const content = { ...own, ...kept, ...(attributes ? { attributes } : {}), ...body };
  const name = mendedName({ partition, offset }, engine.random.nonce());
  const { expiresAtMs } = slot;
  const copy = await copyMessage(engine, topic, content, { nonce: name, expiresAtMs });
  return { name, copy, expiresAtMs };
}
