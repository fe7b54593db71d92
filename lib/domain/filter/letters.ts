/** A text's characters, each in lower and in upper case: the German ß is also SS. */
export type Letters = readonly (readonly [lower: string, upper: string])[];

/** Each character on its own, as EventBridge does it: "SS" in a filter does not stand for ß. */
export const lettersOf = (text: string): Letters =>
  [...text].map((letter) => [letter.toLowerCase(), letter.toUpperCase()]);

/** Where the letters end if `text` begins with them; -1 if it does not. */
function endOf(letters: Letters, text: string): number {
  let at = 0;
  for (const [lower, upper] of letters) {
    if (text.startsWith(lower, at)) at += lower.length;
    else if (text.startsWith(upper, at)) at += upper.length;
    else return -1;
  }
  return at;
}

export const isSpelledBy = (letters: Letters, text: string): boolean => endOf(letters, text) === text.length;

export const beginsWith = (letters: Letters, text: string): boolean => endOf(letters, text) >= 0;

export function endsWith(letters: Letters, text: string): boolean {
  let end = text.length;
  for (const [lower, upper] of [...letters].reverse()) {
    if (text.endsWith(lower, end)) end -= lower.length;
    else if (text.endsWith(upper, end)) end -= upper.length;
    else return false;
  }
  return true;
}
