/** The texts between the asterisks: at least one. */
export type Wildcard = readonly string[];

/** Reads `a*b`; `\*` is an asterisk and `\\` a backslash. Or says what is wrong with it. */
export function wildcardOf(text: string): Wildcard | { readonly wrong: string } {
  const parts = [""];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "*") {
      if (text.charAt(at + 1) === "*") return { wrong: `has "**" at character ${at + 1}: one "*" is enough` };
      parts.push("");
      continue;
    }
    const next = text.charAt(at + 1);
    const isEscape = character === "\\";
    if (isEscape && next !== "*" && next !== "\\") {
      return {
        wrong: `has a "\\" at character ${at + 1}: write "\\\\" for a backslash and "\\*" for an asterisk`,
      };
    }
    parts.push(`${parts.pop() ?? ""}${isEscape ? next : character}`);
    if (isEscape) at++;
  }
  return parts;
}

/** Takes the first place for each part, which leaves most room for the next: no place is tried twice. */
export function fits([first = "", ...rest]: Wildcard, text: string): boolean {
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= text.length;
}
