import type { Erased, MessageContent } from "./message.js";
import type { EncodedMessages } from "./slot-codec.js";
import type { SlotHeader, Slot, SlotContent } from "./slot.js";
import { encodeHeader } from "./slot-header.js";

/**
 * By every clock an erased message has expired long ago. So all who read slots pass over it, and count it as they count
 * what expires; those of an older release, which know nothing of erasing, too.
 */
export const EXPIRED_LONG_AGO_MS = 1;

/** What stays in a slot in place of a message: its place, the id that it was given, and who erased it when. */
export const erasedContent = ({ givenId }: MessageContent, erased: Erased): MessageContent => ({
  body: "",
  contentType: "text/plain",
  expiresAtMs: EXPIRED_LONG_AGO_MS,
  ...(givenId === undefined ? {} : { givenId }),
  erased,
});

/** The messages of a slot without the content of the one at `index`; its neighbours stay as they are. */
export const withoutContent = (
  messages: readonly MessageContent[],
  index: number,
  erased: Erased,
): readonly MessageContent[] =>
  messages.map((message, at) => (at === index ? erasedContent(message, erased) : message));

/**
 * The slot with other bytes. Its place, count, times and nonce stay: appends, cursors and repeated writes go by them,
 * and whoever keeps decoded messages tells the two apart by the checksum.
 */
export function rewrittenSlot(
  slot: Slot,
  messages: readonly MessageContent[],
  { encoding, unpackedBytes, checksum }: EncodedMessages,
  content: SlotContent,
): Slot {
  return { ...slot, encoding, unpackedBytes, checksum, content, header: headerFor(slot.header, messages) };
}

/** One that had no room for a header has none now either; otherwise it takes little more than before. */
const headerFor = (before: SlotHeader, messages: readonly MessageContent[]): SlotHeader =>
  before.kind === "left-out" ? before : encodeHeader(messages, Infinity);
