import type { CursorMove, Lease, Move } from "../../../lib/domain/progress/records.js";

/** What a call moves; undefined if it moves nothing. */
export function moveOf(method: string, args: readonly unknown[]): Move | undefined {
  if (method === "advance") return { cursor: args[1] as CursorMove, put: args[2] as readonly Lease[] };
  return method === "move" ? (args[1] as Move) : undefined;
}

export const isCreated = (outcome: unknown): boolean =>
  (outcome as { kind?: string } | undefined)?.kind === "created";
