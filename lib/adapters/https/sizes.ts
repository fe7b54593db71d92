import { type Message, bodySizeBytes, messageSizeBytes } from "../../domain/message.js";

/** Around a message: names of fields, times, its id and attempt, and the error of the attempt before. */
const FRAME_BYTES = 3_072;
/** A character of an attribute that is escaped twice, as JSON inside JSON. */
const ESCAPED_TWICE_BYTES = 7;
/** Text that stays text although base64 would be shorter. */
const SHORT_BYTES = 6 * 1_024;
const BASE64_GROWTH = 4 / 3;

/** The most that a message takes in a request. */
export function postedBytes(message: Message): number {
  const bodyBytes = bodySizeBytes(message);
  const otherBytes = messageSizeBytes(message) - bodyBytes;
  const shortBytes = Math.min(bodyBytes * ESCAPED_TWICE_BYTES, SHORT_BYTES);
  return FRAME_BYTES + shortBytes + Math.ceil(bodyBytes * BASE64_GROWTH) + otherBytes * ESCAPED_TWICE_BYTES;
}
