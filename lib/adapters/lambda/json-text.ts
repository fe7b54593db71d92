const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
/**
 * \b, \t,
 * , \f and \r have a two-character escape; every other control character has one of six.
 */
const SHORT_ESCAPES = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);
const LONG_ESCAPE_BYTES = 6;

/** The most that one UTF-16 unit of a text can take. */
export const ESCAPED_UNIT_BYTES_AT_MOST = LONG_ESCAPE_BYTES;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** The length of a text as JSON in UTF-8 without its quotes: that of `JSON.stringify`, without building the string. */
export function escapedBytes(text: string): number {
  let sizeBytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < FIRST_PRINTABLE) sizeBytes += SHORT_ESCAPES.has(unit) ? 2 : LONG_ESCAPE_BYTES;
    else if (unit === QUOTE || unit === BACKSLASH) sizeBytes += 2;
    else if (unit < 0x80) sizeBytes += 1;
    else if (unit < 0x800) sizeBytes += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(index + 1))) {
      sizeBytes += 4;
      index++;
    } else if (isHighSurrogate(unit) || isLowSurrogate(unit)) sizeBytes += LONG_ESCAPE_BYTES;
    else sizeBytes += 3;
  }
  return sizeBytes;
}
