/** Something that an operator should know, and what to do about it. */
export interface Finding {
  /** `wrong`: messages wait, or are lost, until somebody does something. `note`: somebody may have meant it. */
  readonly level: "wrong" | "note";
  readonly topic: string;
  readonly subscription?: string;
  readonly what: string;
  readonly advice: string;
}

export const wrong = (what: string, advice: string) => ({ level: "wrong", what, advice }) as const;
export const note = (what: string, advice: string) => ({ level: "note", what, advice }) as const;

/** `3 messages wait`, `1 message waits`. */
export const messages = (count: number, several: string, one: string): string =>
  count === 1 ? `1 message ${one}` : `${count} messages ${several}`;

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** In the largest unit of which there are two. */
export function duration(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= 2 * each) ?? ["second", 1];
  return `${Math.floor(seconds / size)} ${unit}s`;
}
