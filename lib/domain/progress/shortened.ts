/** The most that is kept of a consumer's error text. */
export const LAST_ERROR_LIMIT_BYTES = 1_024;

/** The text cut to this many bytes of UTF-8, without half a character at its end. */
export function shortened(text: string, limitBytes = LAST_ERROR_LIMIT_BYTES): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limitBytes) return text;
  let end = limitBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.subarray(0, end).toString("utf8");
}

/** The text with a space for each control character and each half of a pair: where these are not allowed. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}|\p{Cs}/gu, " ");
