/** The levels of arrays and objects that a body may have: shallow enough for readers that recurse. */
export const JSON_DEPTH_LIMIT = 256;

const BACKSLASH = 0x5c;

/** The place behind the string that begins at `start`, in JSON text that JSON.parse has accepted. */
export function pastString(text: string, start: number): number {
  let at = start;
  do at = text.indexOf('"', at + 1);
  while (isEscaped(text, at));
  return at + 1;
}

/** Whether an odd number of backslashes precedes the character. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

const QUOTE = 0x22;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** The levels of arrays and objects in JSON text that JSON.parse has accepted. Counts instead of recursing. */
export function jsonDepth(text: string): number {
  let [open, deepest] = [0, 0];
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (OPENING.has(code)) deepest = Math.max(deepest, ++open);
    else if (CLOSING.has(code)) open--;
    at = code === QUOTE ? pastString(text, at) : at + 1;
  }
  return deepest;
}
