/** What is billed, by what it is billed for. All of it for the same span of time. */
export interface Usage {
  readonly writeUnits: number;
  /** Of those, what a user's own transactions take for their messages. */
  readonly userWriteUnits: number;
  readonly readUnits: number;
  readonly requests: number;
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly s3Puts: number;
  readonly s3Gets: number;
  readonly logBytes: number;
}

export const NOTHING: Usage = {
  writeUnits: 0,
  userWriteUnits: 0,
  readUnits: 0,
  requests: 0,
  invocations: 0,
  gbSeconds: 0,
  s3Puts: 0,
  s3Gets: 0,
  logBytes: 0,
};

const NAMES = Object.keys(NOTHING) as readonly (keyof Usage)[];

const combined = (of: (name: keyof Usage) => number): Usage =>
  Object.fromEntries(NAMES.map((name) => [name, of(name)])) as unknown as Usage;

export const minus = (one: Usage, other: Usage): Usage => combined((name) => one[name] - other[name]);
export const times = (usage: Usage, factor: number): Usage => combined((name) => usage[name] * factor);
