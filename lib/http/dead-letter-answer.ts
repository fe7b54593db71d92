import type { z } from "zod";
import { type DeadLetterEntry, reasonOf } from "../domain/dead-letter.js";
import type { OpenedDeadLetter } from "../operations/manage/dead-letters.js";
import { timeText } from "./answers.js";
import type { DeadLetterList } from "./contracts/dead-letter.js";
import { failedAttempts } from "./failed-attempts.js";
import { given } from "./given.js";
import { bodyField } from "./received.js";

/** A dead letter in a list, without its content. */
export function entryAnswer(entry: DeadLetterEntry): z.input<typeof DeadLetterList>["items"][number] {
  const { id, contentType, bodyBytes, key, tag, businessKey, attempt, lastError, firstReceivedAtMs } = entry;
  return {
    id,
    contentType,
    sizeBytes: bodyBytes,
    ...given({ key, tag, businessKey }),
    publishedAt: timeText(entry.publishedAtMs),
    attempt,
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAt: timeText(firstReceivedAtMs) }),
    ...given({ error: lastError }),
    reason: reasonOf(entry),
    ...given({ mended: entry.isMended }),
    deadLetteredAt: timeText(entry.deadLetteredAtMs),
    expiresAt: timeText(entry.expiresAtMs),
  };
}

/** A dead letter as JSON text, with its body as it was published. */
export function deadLetterText(letter: OpenedDeadLetter): string {
  const entry = { ...entryAnswer(letter), ...failedAttempts(letter.failures) };
  if ("unreadable" in letter) return JSON.stringify({ ...entry, unreadable: letter.unreadable });
  const { attributes, publishedBy } = letter.message;
  const fields = {
    ...entry,
    ...given({ publishedBy }),
    ...(attributes ? { attributes: { ...attributes } } : {}),
  };
  return `${JSON.stringify(fields).slice(0, -1)},${bodyField(letter.message, letter.id)}}`;
}
