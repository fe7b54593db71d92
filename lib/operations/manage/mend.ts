import type { DeadLetterEntry, MendedCopy } from "../../domain/dead-letter.js";
import { InvalidRequest, MessageExpired, type SluiceError } from "../../domain/errors.js";
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

/**
 * For dead letters that are sent again with another content than the log holds, by their ids: those that are mended
 * now, and those that were mended before and failed again. What replaces it lives as long as the message in the log.
 */
export async function mendedCopies(
  engine: Engine,
  { topic, subscription }: Reader,
  entries: readonly DeadLetterEntry[],
  mend: Mend | undefined,
): Promise<MendedCopies> {
  const { deadLetters, random } = engine;
  const mended = new Map<string, MendedCopy>();
  const refused = new Map<string, SluiceError>();
  for (const { id, isMended, partition, offset } of entries) {
    if (!mend && !isMended) continue;
    const letter = await deadLetters.get(subscription, id);
    // Then the move that removes the dead letter tells that it is gone.
    if (!letter) continue;
    const slot = await liveSlotAt(engine, { topic, partition }, offset);
    if (!slot) {
      refused.set(id, new MessageExpired(id));
      continue;
    }
    const before = await openCopy(engine, letter.copy);
    if (before instanceof UnreadableSlot) {
      const detail = `${id} cannot be mended, since its copy cannot be read (${before.reason}): publish it anew`;
      refused.set(id, new InvalidRequest([{ path: "ids", detail }]));
      continue;
    }
    const { attributes, body } = mend ?? {};
    const content = { ...before, ...(attributes ? { attributes } : {}), ...body };
    const name = random.nonce();
    const { expiresAtMs } = slot;
    const copy = await copyMessage(engine, topic, content, { nonce: name, expiresAtMs });
    mended.set(id, { name, copy, expiresAtMs });
  }
  return { mended, refused };
}
