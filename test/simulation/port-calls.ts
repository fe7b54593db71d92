import type { SlotPage } from "../../lib/domain/ports/log-store.js";
import type { Together } from "../../lib/domain/together.js";
import type { Slot } from "../../lib/domain/slot.js";
import type { Handed } from "../../lib/domain/handed.js";

/** The process that makes a call. */
export interface Caller {
  readonly name: string;
  /** The latest that its clock has told it. */
  readonly latestMs: number;
}

/** One call of a port's method, and what carries it out. */
export interface Call {
  readonly port: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly carryOut: (...args: readonly unknown[]) => Promise<unknown>;
}

/** The same call with other arguments. */
export const withArgs = (call: Call, args: readonly unknown[]): Call => ({ ...call, args });

const WRITES: Readonly<Record<string, readonly string[]>> = {
  log: ["append", "appendAll", "claim", "purge", "noteTail", "raise", "retire", "replace"],
  segments: ["put", "delete"],
  uploads: ["keep"],
  topics: ["create", "update", "delete"],
  subscriptions: ["create", "update", "delete", "keepRoster"],
  garbage: ["forget"],
  deadLetters: ["dropMended"],
  redriveJobs: ["start", "save", "end"],
  replayJobs: ["start", "save", "end"],
  delayed: ["put", "cancel", "purge"],
  progress: ["move", "advance", "finish", "finishTogether", "acknowledge", "extend", "purge"],
  locks: ["acquire", "renew", "release", "knock", "call"],
  timers: ["set", "replace", "remove"],
  marks: ["set", "putOff", "remove"],
  outbox: ["refuse", "erase"],
  journal: ["write", "purge"],
  schedules: ["create", "update", "delete", "purge"],
  starter: ["startPump", "startClock"],
};

/** Every call that changes something, as `port.method`. */
export const WRITE_NAMES: readonly string[] = Object.entries(WRITES).flatMap(([port, methods]) =>
  methods.map((method) => `${port}.${method}`),
);

export const isWrite = ({ port, method }: Pick<Call, "port" | "method">): boolean =>
  WRITES[port]?.includes(method) ?? false;

export const isMove = ({ port, method }: Pick<Call, "port" | "method">): boolean =>
  port === "progress" && (method === "move" || method === "advance");

/** Writes of several items at once, beside the moves of messages. */
export function isTransaction({ port, method, args }: Pick<Call, "port" | "method" | "args">): boolean {
  if (port === "log" && method === "append") return args[2] !== undefined;
  if (port === "log") return method === "appendAll";
  if (port === "outbox") return method === "refuse" || method === "erase";
  if (port === "redriveJobs" || port === "replayJobs") return method === "start" || method === "end";
  if (port === "delayed") return method === "put" || method === "cancel";
  if (port === "topics") return method === "delete";
  if (port === "timers") return method === "replace";
  return (
    (port === "subscriptions" || port === "schedules") && ["create", "update", "delete"].includes(method)
  );
}

/** Lists that come page by page: with a smaller one, and a cursor to go on from. */
export const isPaged = ({ port, method }: Pick<Call, "port" | "method">): boolean =>
  method === "list" && ["topics", "subscriptions", "marks", "schedules"].includes(port);

/** Reads that may show an older state, unless their options ask for a consistent one. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  log: ["read", "anchors"],
  progress: ["cursors", "due", "totals"],
  marks: ["list", "get"],
  subscriptions: ["roster"],
};

export function mayBeStale({ port, method, args }: Call): boolean {
  const options = args.at(-1) as { consistent?: boolean } | undefined;
  return (STALE[port]?.includes(method) ?? false) && options?.consistent !== true;
}

const inline = ({ content }: Slot): number => (content.kind === "inline" ? content.bytes.length : 0);
const bodies = (messages: readonly Handed[]): number =>
  messages.reduce((sum, { body }) => sum + body.length, 0);

/** Bytes of messages that a process holds for a call: what it sends, or what it gets. */
export function heldBytes({ port, method, args }: Call, outcome: unknown): number {
  if (port === "log" && method === "append") return inline(args[1] as Slot);
  if (port === "log" && method === "appendAll")
    return (args[0] as Together).appends.reduce((sum, { slot }) => sum + inline(slot), 0);
  if (port === "log" && method === "read")
    return ((outcome as SlotPage | undefined)?.slots ?? []).reduce((sum, slot) => sum + inline(slot), 0);
  if (port === "segments")
    return ((method === "put" ? args[1] : outcome) as Uint8Array | undefined)?.length ?? 0;
  return port === "subscriber" ? bodies(args[1] as readonly Handed[]) : 0;
}
