/**
 * `deaths`: consecutive owners that never released it. `note`: the note of the last owner that left one; it may be lost
 * once nobody has held the lock for a day.
 */
export type AcquireOutcome =
  | { readonly kind: "acquired"; readonly deaths: number; readonly note?: string }
  | { readonly kind: "held"; readonly untilMs: number };

/**
 * Locks with a deadline and one owner each: for pumping a lane, serving the timers and sweeping. A lock only saves
 * double work; the cursors' versions keep a late owner from doing harm. Its promises are test/contract/locks.ts.
 */
export interface Locks {
  /** Takes the lock if it is free, its deadline has passed, or `owner` holds it already. */
  acquire(name: string, owner: string, nowMs: number, untilMs: number): Promise<AcquireOutcome>;
  /** `lost`: it has another owner, or was released. `alive` resets the count of deaths. `note` replaces the note. */
  renew(
    name: string,
    owner: string,
    untilMs: number,
    alive: boolean,
    note?: string,
  ): Promise<"renewed" | "lost">;
  /**
   * Without a `note`, an earlier note is removed. `knocked`: released, and somebody knocked meanwhile, or may have: the
   * answer to an earlier attempt was lost.
   */
  release(name: string, owner: string, note?: string): Promise<"released" | "knocked" | "lost">;
  /**
   * Leaves word with the owner, who hears of it from its release. `free`: there is no owner whose time is not over at
   * `nowMs`. Of a knock and a release, one sees the other.
   */
  knock(name: string, nowMs: number): Promise<"held" | "free">;
  /** What was noted last; eventually consistent unless asked otherwise. */
  note(name: string, options?: { readonly consistent?: boolean }): Promise<string | undefined>;
  /** Until when it is held, undefined where it is free; strongly consistent. */
  heldUntilMs(name: string): Promise<number | undefined>;
}
