/** Deeper than any message needs, and shallow enough for every reader that recurses: ours, and consumers'. */
export const JSON_DEPTH_LIMIT = 256;

/** What keeps a parsed value from being kept as JSON text, if anything does. */
export function jsonProblem(value: unknown): string | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value === "number" && !Number.isFinite(next.value)) {
      return "has a number that no double holds: send it as a string";
    }
    if (typeof next.value !== "object" || next.value === null) continue;
    if (next.depth > JSON_DEPTH_LIMIT) return `is nested deeper than ${JSON_DEPTH_LIMIT} levels`;
    for (const child of Object.values(next.value)) open.push({ value: child, depth: next.depth + 1 });
  }
  return undefined;
}

/** Text of bytes; undefined where they are no UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether `text` is JSON, whatever it says. */
export function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
