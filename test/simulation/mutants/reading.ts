import type { Mutant } from "./mutant.js";

const PART = "lib/operations/read/read-part.ts";
const PAGE = "lib/operations/read/read-page.ts";
const BOOKMARK = "lib/domain/bookmark.ts";

/** Bugs of reading without a subscription. */
export const READING_MUTANTS: readonly Mutant[] = [
  {
    name: "page-cut-in-a-slot-goes-on-with-the-next-slot",
    file: BOOKMARK,
    find: "const isWithin = head !== slotBase;",
    replace: "const isWithin = head < slotBase;",
    found: ["reading"],
    within: 100,
  },
  {
    name: "page-goes-on-behind-what-did-not-fit",
    file: PART,
    find: "this.next = { head: offset, slotBase: slot.base };",
    replace: "this.next = { head: offset + 1, slotBase: slot.base };",
    found: ["reading"],
    within: 100,
  },
  {
    name: "reader-passes-over-what-fails-now",
    file: PART,
    find: 'if (one.status === "rejected") throw one.reason;',
    replace: 'if (one.status === "rejected") continue;',
    found: ["reading"],
    within: 600,
  },
  {
    name: "bookmark-from-the-beginning-of-a-page",
    file: PAGE,
    find: "places.set(partition, read.next);",
    replace: "if (read.messages.length === 0) places.set(partition, read.next);",
    found: ["reading"],
    within: 100,
  },
  {
    name: "partition-of-later-read-from-its-end",
    file: PAGE,
    find: "if (anchor && isPast(engine, topic, partition, anchor, place)) continue;",
    replace:
      "if (anchor && (!known.has(partition) || isPast(engine, topic, partition, anchor, place))) continue;",
    found: ["reading"],
    within: 100,
  },
  {
    name: "key-looked-for-in-another-partition",
    file: PAGE,
    find: "partitionFor(topic, key);",
    replace: "partitionFor(topic, key && `${key}!`);",
    found: ["reading"],
  },
];
