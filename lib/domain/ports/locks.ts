/**
 * `deaths`: consecutive owners that never released it. `isCalled`: somebody left word while nobody had it. `note`: the
 * note of the last owner that left one; it may be lost once nobody has held the lock for a day.
 */
export type AcquireOutcome =
  | { readonly kind: "acquired"; readonly deaths: number; readonly isCalled?: true; readonly note?: string }
  | { readonly kind: "held"; readonly untilMs: number };

/** A lock that nobody has. What it remembers is forgotten once nobody has had it for a day. */
export interface FreeLock {
  readonly kind: "free";
  /** How often it was taken. */
  readonly takes: number;
  /** When it was taken last, by the clock of who took it. */
  readonly takenAtMs?: number;
  /** When word was left there last, for whoever takes it next. */
  readonly calledAtMs?: number;
  /** What was noted last. It may be left out if the lock was let go of a moment ago. */
  readonly note?: string;
}

export type KnockOutcome = { readonly kind: "held" } | FreeLock;

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
   * Without a `note`, an earlier note is removed. `knocked`: released, and somebody knocked meanwhile or called before,
   * or may have: the answer to an earlier attempt was lost.
   */
  release(name: string, owner: string, note?: string): Promise<"released" | "knocked" | "lost">;
  /**
   * Leaves word with the owner whose time is not over at `nowMs`, who hears of it from its release. Of a knock and a
   * release, one sees the other. Strongly consistent.
   */
  knock(name: string, nowMs: number): Promise<KnockOutcome>;
  /**
   * Leaves word for whoever takes a free lock next, who hears of it as it takes the lock and as it lets go. `taken`:
   * somebody has it, or it was taken since it had been taken `takes` times. Of a call and an acquire, one sees the
   * other.
   */
  call(name: string, takes: number, nowMs: number): Promise<"called" | "taken">;
  /** What was noted last; eventually consistent unless asked otherwise. */
  note(name: string, options?: { readonly consistent?: boolean }): Promise<string | undefined>;
  /** Until when it is held, undefined where it is free; strongly consistent. */
  heldUntilMs(name: string): Promise<number | undefined>;
  /** How many owners in a row before the one that has it never released it; 0 where it is free. Strongly consistent. */
  deaths(name: string): Promise<number>;
}
