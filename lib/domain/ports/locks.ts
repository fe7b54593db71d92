/** What an owner holds: a lane of a subscription, or the clock. `deaths`: owners in a row that never released it. */
export type AcquireOutcome =
  | { readonly kind: "acquired"; readonly deaths: number }
  | { readonly kind: "held"; readonly untilMs: number };

/**
 * Who pumps, who keeps the clock: one owner a name, until a time. Saves double work; it is the cursors' versions that
 * keep a late owner from doing harm. Its promises are test/contract/locks.ts.
 */
export interface Locks {
  /** Takes it if it is free, its time is over, or it is `owner`'s already. */
  acquire(name: string, owner: string, nowMs: number, untilMs: number): Promise<AcquireOutcome>;
  /** `lost`: somebody else has it, or it was released. `alive` forgets the deaths before it. */
  renew(name: string, owner: string, untilMs: number, alive: boolean): Promise<"renewed" | "lost">;
  release(name: string, owner: string): Promise<"released" | "lost">;
  /** Until when it is held, undefined where it is free; strongly consistent. */
  heldUntilMs(name: string): Promise<number | undefined>;
}
