/** Decodes UTF-8 and keeps a byte order mark; undefined if the bytes are not valid UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a content type's text is UTF-8: it names no charset, or names UTF-8. */
export function isUtf8(contentType: string): boolean {
  const [, quoted, plain] = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]*))/i.exec(contentType) ?? [];
  const charset = quoted ?? plain;
  return charset === undefined || /^utf-?8$/i.test(charset);
}
