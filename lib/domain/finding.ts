/** What a doctor finds, by names that do not change. */
export const FINDING_CODES = [
  "clock-silent",
  "timers-late",
  "outbox-without-topic",
  "paused",
  "outbox-refused",
  "outbox-waits",
  "schedule-refused",
  "schedule-late",
  "delayed-late",
  "dead-letters",
  "keys-held",
  "set-aside",
  "expired",
  "disabled",
  "asleep",
  "pump-dies",
  "deliveries-fail",
  "target-slow",
  "settled-late",
  "not-received",
  "not-delivered",
  "not-looked-at",
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

/** Something that an operator should know, and what to do about it. */
export interface Finding {
  /** `wrong`: messages wait, or are lost, until somebody does something. `note`: somebody may have meant it. */
  readonly level: "wrong" | "note";
  readonly code: FindingCode;
  /** Of what concerns no single topic: undefined. */
  readonly topic?: string;
  readonly subscription?: string;
  readonly what: string;
  /** Epoch milliseconds, where it is known. */
  readonly sinceMs?: number;
  readonly advice: string;
}

export type Found = Omit<Finding, "topic" | "subscription">;

/** What it says, what to do, and since when it is so. */
type Says = readonly [what: string, advice: string, sinceMs?: number];

const found = (level: Found["level"], code: FindingCode, [what, advice, sinceMs]: Says): Found => ({
  ...{ level, code, what, advice },
  ...(sinceMs === undefined ? {} : { sinceMs }),
});

export const wrong = (code: FindingCode, ...says: Says): Found => found("wrong", code, says);
export const note = (code: FindingCode, ...says: Says): Found => found("note", code, says);

/** `3 messages wait`, `1 message waits`. */
export const messages = (count: number, several: string, one: string): string =>
  count === 1 ? `1 message ${one}` : `${count} messages ${several}`;

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** In the largest unit of which there are two. */
export function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? ["second", 1_000];
  return `${Math.floor(ms / size)} ${unit}s`;
}
