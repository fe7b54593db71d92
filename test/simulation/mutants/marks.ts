import type { Mutant } from "./mutant.js";

const LOOK = "lib/operations/clock/look-after.ts";
const MARKS = "lib/adapters/memory/mark-store.ts";
const LOG = "lib/adapters/memory/log-store.ts";
const PLACING = "lib/operations/log/placing.ts";

/** Bugs of what makes idleness cheap: cold partitions, and the marks of topics with something to look after. */
export const MARK_MUTANTS: readonly Mutant[] = [
  {
    name: "news-without-a-mark",
    file: PLACING,
    find: "await Promise.all([log.anchorVersion(ref), announce(engine, ref.topic)]);",
    replace: "await Promise.all([log.anchorVersion(ref)]);",
    also: {
      file: PLACING,
      find: "if (anchorVersion !== undefined) await announce(engine, topic);",
      replace: "void announce;",
    },
    found: ["mark"],
  },
  {
    name: "plain-put-behind-a-cold-tail",
    file: "lib/domain/slot.ts",
    find: "nowMs - tail.publishedAtMs < YOUNG_MS;",
    replace: "nowMs - tail.publishedAtMs < 9 * YOUNG_MS;",
    found: ["mark", "progress"],
  },
  {
    name: "tail-taken-for-cold-too-soon",
    file: "lib/domain/anchor.ts",
    find: "nowMs - tail.publishedAtMs > COLD_AFTER_MS;",
    replace: "nowMs - tail.publishedAtMs > COLD_AFTER_MS / 1_000;",
    found: ["mark", "progress", "promptness", "isolation"],
  },
  {
    name: "mark-removed-whatever-it-is-by-now",
    file: MARKS,
    find: 'if (!isStill(mark)) return "changed";\n      marks.delete',
    replace: "void isStill;\n      marks.delete",
    world: "a writer behind a cold tail, and the clock that looks after its topic",
    found: ["mark"],
  },
  {
    name: "young-mark-removed",
    file: LOOK,
    find: 'if (isYoung(mark, nowMs) || left === "busy") return;',
    replace: 'void isYoung;\n    if (left === "busy") return;',
    world: "a writer behind a cold tail, and the clock that looks after its topic",
    found: ["mark"],
  },
  {
    name: "what-is-due-forgotten-by-who-takes-the-mark-away",
    file: "lib/operations/push/has-work.ts",
    find: "const isOver = behind.length === 0 && dueMs === Infinity;",
    replace: "const isOver = behind.length === 0;",
    found: ["mark"],
  },
  {
    name: "backlog-forgotten-by-who-takes-the-mark-away",
    file: LOOK,
    find: "if (!isPushable(reader)) return { untilMs: Infinity };",
    replace: 'if (!isPushable(reader)) return "nothing";',
    found: ["mark"],
  },
  {
    name: "tail-noted-in-an-anchor-that-has-moved-on",
    file: LOG,
    find: "if (version === 0 || versionOf(storage, partition) !== version) return;",
    replace: "version = versionOf(storage, partition);",
    world: "a writer behind a cold tail, and the clock that looks after its topic",
    found: ["mark", "progress"],
  },
  {
    name: "anchor-retired-whatever-has-come-since",
    file: LOG,
    find: "if (versionOf(storage, partition) !== version) return;",
    replace: "void version;",
    world: "a writer into a partition that holds nothing any more, and the clock that retires its anchor",
    found: ["progress"],
  },
  {
    name: "change-without-a-mark",
    file: "lib/operations/log/announce.ts",
    find: "  await announce(engine, topic);\n  const made = await makeNews();\n  await announce(engine, topic);",
    replace: "  const made = await makeNews();",
    world: "an operator who seeks in a cold topic, and the clock that looks after it",
    found: ["mark"],
  },
  {
    name: "poll-goes-by-a-mark-whose-news-is-under-way",
    file: "lib/operations/log/quiet.ts",
    find: "if (mark && isYoung(mark, nowMs)) {",
    replace: "if (mark && isYoung(mark, 0)) {",
    world: "a writer behind a cold tail, and a poll that waits",
    found: ["isolation"],
  },
];
