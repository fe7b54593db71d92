import type { Place } from "../../domain/place.js";
import { type Skipped, countOf } from "../log/read-range.js";
import type { WantedRead } from "../log/read-wanted.js";
import type { KeyedWindow, WindowItem } from "./keyed-window.js";

/**
 * What was read, for a window: the messages that fit into the memory, one at least, each with what is passed together
 * with it. Slots that cannot be read have an item of their own, since they are noted before anything behind them.
 * `leftOutBefore`: messages that the filter left out of earlier reads, since the last item.
 */
export function itemsOf(
  window: Pick<KeyedWindow, "item">,
  ahead: Pick<WantedRead, "entries" | "setAside" | "expired" | "leftOut" | "next">,
  roomBytes: number,
  leftOutBefore: number,
): readonly WindowItem[] {
  const items: WindowItem[] = [];
  let heldBytes = 0;
  let from = 0;
  const stretch = (next: Place) => {
    const skipped = (all: readonly Skipped[]): number =>
      countOf(all.filter(({ below }) => below > from && below <= next.head));
    const setAside = ahead.setAside.filter(({ base }) => base >= from && base < next.head);
    const expired = skipped(ahead.expired);
    const leftOut = skipped(ahead.leftOut) + (items.length === 0 ? leftOutBefore : 0);
    from = next.head;
    return { next, setAside, expired, leftOut };
  };
  const behind = ahead.setAside.some(({ base }) => base > (ahead.entries.at(-1)?.message.offset ?? Infinity));
  for (const [index, placed] of ahead.entries.entries()) {
    const isLast = index === ahead.entries.length - 1 && !behind;
    const { message, slotBase } = placed;
    const next = isLast ? ahead.next : { head: message.offset + 1, slotBase };
    if (ahead.setAside.some(({ base }) => base >= from && base < message.offset))
      items.push(window.item(undefined, stretch({ head: message.offset, slotBase })));
    const item = window.item(placed, stretch(next));
    heldBytes += item.memoryBytes;
    if (items.at(-1)?.placed && heldBytes > roomBytes) return items;
    items.push(item);
  }
  if (items.length === 0 || behind) items.push(window.item(undefined, stretch(ahead.next)));
  return items;
}
