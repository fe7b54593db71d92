import type { Mutant } from "./mutant.js";

const READER = "lib/operations/consume/known-cursors.ts";
const DUE = "lib/operations/consume/take-due.ts";

/** Bugs of seeking: what is left of an older epoch is void. */
export const SEEK_MUTANTS: readonly Mutant[] = [
  {
    name: "pump-goes-on-after-a-seek",
    file: "lib/operations/push/lane-keeper.ts",
    find: "now.version === subscription.version;",
    replace: "now.version >= subscription.version;",
    found: ["settings", "seek", "filter"],
  },
  {
    name: "cursor-outlives-a-seek",
    file: READER,
    find: "if (stored && !isVoid(stored, subscription)) return stored;",
    replace: "if (stored) return stored;",
    // Who looks after marks believes that all is consumed.
    found: ["progress", "place", "mark"],
  },
  {
    name: "first-move-after-a-seek-compares-with-nothing",
    file: READER,
    find: "version: stored?.version ?? 0",
    replace: "version: 0",
    found: ["progress", "duplicate"],
  },
  {
    name: "retry-outlives-a-seek",
    file: DUE,
    find: "const live = due.filter((record) => !isVoid(record, subscription));",
    replace: "const live = due;",
    also: [
      {
        file: DUE,
        find: "const left = due.filter((record) => isVoid(record, subscription));",
        replace: "const left = due.filter(() => false && isVoid);",
      },
      {
        file: DUE,
        find: 'first.kind === "hint" || isVoid(first, subscription) ||',
        replace: 'first.kind === "hint" ||',
      },
    ],
    within: 1_500,
    // What is void can't be settled: its pump goes round for ever.
    found: ["leak", "place", "duplicate", "nowhere", "order", "progress"],
  },
  {
    name: "what-a-seek-has-left-is-never-removed",
    file: DUE,
    find: "await progress.move(subscription, { remove: await withLedTo(engine, subscription, left) });",
    replace: "",
    within: 1_500,
    found: ["leak", "progress"],
  },
  {
    name: "seek-begins-no-epoch",
    file: "lib/operations/manage/seek.ts",
    find: "epoch: subscription.epoch + 1,",
    replace: "epoch: subscription.epoch,",
    found: ["progress", "place", "nowhere"],
  },
  {
    name: "seek-to-a-time-leads-to-the-end",
    file: "lib/operations/log/starting-places.ts",
    find: "const isSince = ({ publishedAtMs }: Tail): boolean => publishedAtMs >= timeMs;",
    replace: "const isSince = ({ publishedAtMs }: Tail): boolean => publishedAtMs >= timeMs + 10 ** 12;",
    found: ["start"],
  },
  {
    name: "seek-to-the-beginning-leads-to-the-end",
    file: "lib/operations/log/starting-places.ts",
    find: 'if (from === "earliest") return {};',
    replace: 'if (from === "earliest") from = "latest";',
    // "promptness": what lies before the end is never delivered.
    found: ["start", "promptness"],
  },
];
