/** One call of a port's method, and what carries it out. */
export interface Call {
  readonly port: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly carryOut: () => Promise<unknown>;
}

const WRITES: Readonly<Record<string, readonly string[]>> = {
  log: ["append"],
  segments: ["put"],
  topics: ["create", "update", "delete"],
  subscriptions: ["create", "update", "delete", "forget"],
  progress: ["move", "finish", "acknowledge", "extend", "purge"],
  pumpLeases: ["acquire", "renew", "release"],
  timers: ["set", "remove"],
  starter: ["startPump", "startClock"],
};

export const isWrite = ({ port, method }: Pick<Call, "port" | "method">): boolean =>
  WRITES[port]?.includes(method) ?? false;

/** Reads that may show an older state, unless their options ask for a consistent one. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  log: ["read"],
  progress: ["cursors", "due", "totals"],
};

export function mayBeStale({ port, method, args }: Call): boolean {
  const options = args.at(-1) as { consistent?: boolean } | undefined;
  return (STALE[port]?.includes(method) ?? false) && options?.consistent !== true;
}
