import { Conflict } from "../../domain/errors.js";
import type { Claim, Ownable, Ownership } from "../../domain/ownership.js";

/** Whether something that belongs to `found` may be deleted. */
export type MayDelete = (found: Ownership | undefined) => boolean;

/**
 * Whom it belongs to once it is written; without a claim, to nobody. `settings` is JSON of what is there.
 * @throws {Conflict} if its owner has changed meanwhile: whoever claims it decides again
 */
export function claimed(claim: Claim | undefined, found: Ownership | undefined, settings: string): Ownable {
  const ownership = claim?.(found, settings);
  if (ownership === "lost") throw new Conflict("claiming what somebody else has claimed");
  return ownership ? { ownership } : {};
}

/** Only whom it belongs to. */
export const ownershipIn = ({ ownership }: Ownable): Ownable => (ownership ? { ownership } : {});
