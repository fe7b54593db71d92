/**
 * `deaths`: owners in a row that never released it. `note`: what the last owner that wrote one left for the next; it
 * may get lost once nobody has held the name for a day.
 */
export type AcquireOutcome =
  | { readonly kind: "acquired"; readonly deaths: number; readonly note?: string }
  | { readonly kind: "held"; readonly untilMs: number };

/**
 * Who pumps a lane, who serves the timers, who sweeps: one owner a name, until a time. It saves double work. It is the
 * cursors' versions that keep a late owner from doing harm. Its promises are test/contract/locks.ts.
 */
export interface Locks {
  /** Takes it if it is free, its time is over, or it is `owner`'s already. */
  acquire(name: string, owner: string, nowMs: number, untilMs: number): Promise<AcquireOutcome>;
  /** `lost`: somebody else has it, or it was released. `alive` forgets the deaths before it. `note`: replaces it. */
  renew(
    name: string,
    owner: string,
    untilMs: number,
    alive: boolean,
    note?: string,
  ): Promise<"renewed" | "lost">;
  /** Without a `note`, what was noted before is gone. */
  release(name: string, owner: string, note?: string): Promise<"released" | "lost">;
  /** Until when it is held, undefined where it is free; strongly consistent. */
  heldUntilMs(name: string): Promise<number | undefined>;
}
