import { Conflict } from "../../domain/errors.js";
import type { Commit } from "../../domain/moves/commit.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { SupplyContext } from "./supply.js";

/**
 * Writes what an owner has committed to, where its cursor is still the stored one. A conflict may come from this very
 * write, if the response to an earlier attempt was lost. `lost`: another owner moved the head.
 * @throws {Conflict} if the head stands where it was: it may be tried again
 */
export async function carryOut(
  { engine, reader }: Pick<SupplyContext, "engine" | "reader">,
  partition: number,
  { version }: Cursor,
  { move, next }: Pick<Commit, "move" | "next">,
): Promise<"committed" | "lost"> {
  if ((await engine.progress.move(reader.subscription, move)) === "moved") return "committed";
  const stored = await engine.progress.cursor(reader.subscription, partition);
  if (stored?.version === next.version && stored.head === next.head && stored.epoch === next.epoch)
    return "committed";
  if ((stored?.version ?? 0) !== version) return "lost";
  throw new Conflict(`moving the head of partition ${partition}`);
}
