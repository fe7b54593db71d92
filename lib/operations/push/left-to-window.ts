import { type Room, ROOMS_AT_MOST } from "../../domain/collecting.js";
import type { Offset } from "../../domain/slot.js";
import type { Collected } from "./owned-head.js";

/** What a session leaves to the end of a batch window: it was read, and is not handed out. */
export interface LeftToWindow {
  /** When the first of it goes. */
  readonly untilMs: number;
  /** How far partitions were read in which something waits. */
  readonly readTo: ReadonlyMap<number, Offset>;
  readonly rooms: readonly Room[];
}

/** undefined if nothing waits in any of these partitions. */
export function leftToWindow(
  partitions: Iterable<readonly [number, Collected | undefined]>,
): LeftToWindow | undefined {
  const waiting = [...partitions].flatMap(([partition, collected]) =>
    collected ? [{ partition, ...collected }] : [],
  );
  if (waiting.length === 0) return undefined;
  const rooms = waiting.map(({ partition, readTo, left: { messages, bytesEach } }) => ({
    partition,
    below: readTo + messages,
    bytesEach,
  }));
  return {
    untilMs: Math.min(...waiting.map(({ goesAtMs }) => goesAtMs)),
    readTo: new Map(waiting.map(({ partition, readTo }) => [partition, readTo])),
    rooms: rooms.slice(0, ROOMS_AT_MOST),
  };
}
