import type { Mutant } from "./mutant.js";

const SETTLE = "lib/operations/consume/settle-lease.ts";
const SAID = "lib/domain/moves/settle.ts";
const TAKE = "lib/domain/moves/take.ts";
const DUE = "lib/operations/consume/take-due.ts";
const STORE = "lib/adapters/memory/progress-store.ts";
const FROM = "lib/operations/consume/take-from.ts";
const TOGETHER = "lib/operations/consume/take-together.ts";
const READ_AHEAD = "lib/operations/consume/read-ahead.ts";

/** Bugs of receiving and settling. */
export const CONSUME_MUTANTS: readonly Mutant[] = [
  {
    name: "head-moves-without-a-version",
    file: STORE,
    find: "if (cursor && (cursors.get(cursor.partition)?.version ?? 0) !== cursor.next.version - 1) return false;",
    replace: "",
    found: ["place"],
  },
  {
    name: "lease-taken-without-a-version",
    file: STORE,
    find: "if (remove.some((record) => !isThere(entry, record))) return false;",
    replace: "",
    found: ["place"],
  },
  {
    name: "expired-lease-not-removed",
    file: TAKE,
    find: "remove: [...records.filter(({ id }) => !keptIds.has(id)), ",
    replace: "remove: [",
    found: ["place"],
  },
  {
    name: "rest-of-a-group-dropped",
    file: TAKE,
    find: "const fresh = [...(lease ? [lease] : []), ...waiting];",
    replace: "const fresh = lease ? [lease] : [];",
    found: ["place"],
  },
  {
    name: "lease-handed-out-before-its-deadline",
    file: "lib/operations/consume/due-now.ts",
    find: "await progress.due(subscription, nowMs, limit,",
    replace: "await progress.due(subscription, nowMs + 60_000, limit,",
    also: [
      { file: DUE, find: " || first.dueMs > clock.nowMs()) {", replace: ") {" },
      {
        file: DUE,
        find: "dueSpans(group.records, engine.clock.nowMs(), { inOrder: false, isPulled })",
        replace: "dueSpans(group.records, engine.clock.nowMs() + 60_000, { inOrder: false, isPulled })",
      },
    ],
    found: ["early", "duplicate"],
  },
  {
    name: "shares-for-others-dropped",
    file: TAKE,
    find: "put: [...leases, ...others], ...beside }",
    replace: "put: [...leases], ...beside }",
    found: ["place"],
  },
  {
    name: "unreadable-slot-not-recorded",
    file: TAKE,
    find: "const beside = { setAside: ahead.setAside, ",
    replace: "const beside = { ",
    found: ["aside"],
  },
  {
    name: "whole-lease-ended-by-one-acknowledgement",
    file: SETTLE,
    find: "if (words.size !== size) return undefined;",
    replace: "if (words.size > size) return undefined;",
    found: ["place"],
  },
  {
    name: "rest-of-a-lease-dropped-with-a-retry",
    file: SAID,
    find: "if (open.every(({ isReturned }) => isReturned)) {",
    replace:
      "open.splice(0, open.length, ...open.filter(({ isReturned }) => isReturned));\n  if (open.length > 0) {",
    found: ["place"],
  },
  {
    name: "retry-without-a-record",
    file: SAID,
    find: "move: { remove: [lease], put: became }, became };",
    replace: "move: { remove: [lease] }, became };",
    found: ["place"],
  },
  {
    name: "acknowledged-message-retried-with-the-rest",
    file: SAID,
    find: "const done = [...lease.done, ...acks];",
    replace: "const done = [...lease.done, ...acks.slice(1)];",
    found: ["place"],
  },
  {
    name: "ordered-partition-not-held",
    file: "lib/operations/consume/take-keys-from.ts",
    find: "if (await keys.wholeHolder()) return",
    replace: "if (!keys) return",
    found: ["order"],
    within: 1_500,
  },
  {
    name: "ordered-retry-overtakes",
    file: "lib/operations/consume/due-front.ts",
    find: "for (const [index, id] of open.entries()) {",
    replace: "for (const [index, id] of [...open.entries()].reverse()) {",
    // What it overtakes is no longer listed, and so never taken.
    found: ["order", "leak"],
  },
  {
    name: "latest-starts-too-late",
    file: "lib/operations/log/starting-places.ts",
    find: "return tail && { head: nextOffset(tail), slotBase: nextOffset(tail) };",
    replace: "return tail && { head: nextOffset(tail) + 1, slotBase: nextOffset(tail) };",
    found: ["start"],
  },
  {
    name: "extended-lease-handed-out-at-its-first-deadline",
    file: "lib/domain/progress/due-look.ts",
    find: "if (one.dueMs <= this.nowMs) this.#found.push(one);",
    replace: "if (one.dueMs <= Infinity) this.#found.push(one);",
    also: [
      { file: DUE, find: " || first.dueMs > clock.nowMs()) {", replace: ") {" },
      {
        file: DUE,
        find: "dueSpans(group.records, engine.clock.nowMs(), { inOrder: false, isPulled })",
        replace: "dueSpans(group.records, Infinity, { inOrder: false, isPulled })",
      },
    ],
    found: ["early"],
  },
  {
    name: "acknowledged-part-handed-out-again",
    file: "lib/domain/progress/deadlines.ts",
    find: "const open = openSpans(record);",
    replace: "const open = [...record.spans];",
    found: ["place", "duplicate"],
  },
  {
    name: "extend-moves-neighbour",
    file: "lib/domain/progress/deadlines.ts",
    find: "const isDue = (span: Span): boolean => !isHold(span) && deadlineOf(record, span) <= nowMs;",
    replace: "const isDue = (span: Span): boolean => !isHold(span) && record.dueMs <= nowMs;",
    found: ["early"],
  },
  {
    name: "expired-not-counted",
    file: TAKE,
    find: "const beside = { setAside: ahead.setAside, ...(ahead.expired > 0 ? { expired: ahead.expired } : {}) };",
    replace: "const beside = { setAside: ahead.setAside };",
    found: ["expired"],
  },
  {
    name: "retry-forgets-done-word",
    file: SAID,
    find: "returned: { ack: false,",
    replace: "returned: { ack: true,",
    within: 1_500,
    found: ["word", "place", "duplicate"],
  },
  {
    name: "marked-lease-ended-as-a-whole",
    file: STORE,
    find: 'if (lease.isMarked) return "kept";',
    replace: "",
    within: 1_500,
    found: ["word", "place", "attempt"],
  },
  {
    name: "shortened-lease-not-found",
    file: "lib/domain/progress/deadlines.ts",
    find: "if (isFound) return [];",
    replace: "if (isFound || after.version > 0) return [];",
    found: ["late"],
  },
  {
    name: "handed-out-without-a-lease",
    file: FROM,
    find: 'if (outcome === "conflict") return lostRace(memory);',
    replace: "void [outcome, lostRace];",
    found: ["nowhere"],
  },
  {
    name: "extended-lease-passed-over-when-shortened",
    file: "lib/domain/progress/deadlines.ts",
    find: "Math.max(timeInId(after.id), before.dueMs)",
    replace: "Math.max(timeInId(after.id), Math.min(0, before.dueMs))",
    found: ["late"],
  },
  {
    name: "lease-in-its-cursor-lost-with-the-next-move",
    file: STORE,
    find: "const stays = innerOf(entry, partition).filter(({ id }) => !drop.includes(id));",
    replace: "const stays = innerOf(entry, partition).slice(0, drop.length * 0);",
    found: ["mark", "progress", "place"],
  },
  {
    name: "lease-in-its-cursor-never-due",
    file: "lib/operations/consume/due-in-cursors.ts",
    find: "inner.filter(({ dueMs }) => dueMs <= nowMs);",
    replace: "inner.filter(() => nowMs < 0);",
    found: ["progress", "leak"],
  },
  {
    name: "rest-of-a-lease-in-its-cursor-dropped",
    file: "lib/domain/progress/inner.ts",
    find: "return { ...move, put, remove: [...(move.remove ?? []), ...remove] };",
    replace:
      "return { ...move, put: put.slice(changed.length), remove: [...(move.remove ?? []), ...remove] };",
    found: ["place"],
  },
  {
    name: "nothing-due-believed-though-nothing-is-new",
    file: "lib/operations/consume/take-shared.ts",
    find: "if (isNewFirst && ((await takeAllNew()) > 0 ||",
    replace: "if (isNewFirst && ((await takeAllNew()) >= 0 ||",
    also: [
      {
        file: "lib/operations/consume/nothing-due.ts",
        find: "const BELIEVED_FOR_MS = 200;",
        replace: "const BELIEVED_FOR_MS = Infinity;",
      },
      { file: TOGETHER, find: "isKnown && isAnswer ?", replace: "isAnswer && !askings ?" },
    ],
    found: ["progress", "isolation"],
  },
  {
    name: "slot-kept-for-polls-before-it-is-stored",
    file: "lib/operations/log/placing.ts",
    find: "return { partition, slot, anchorVersion };",
    replace: "await keepForPolls(engine, partition, slot);\n    return { partition, slot, anchorVersion };",
    found: ["nowhere", "place", "progress"],
  },
  {
    name: "shared-take-deals-one-part-twice",
    file: TOGETHER,
    find: "const part = parts[index];",
    replace: "const part = parts[Math.max(0, index - 1)];",
    found: ["lease"],
  },
  {
    name: "shared-take-leases-the-first-part-only",
    file: TAKE,
    find: "put: [...leases, ...others], ...beside }",
    replace: "put: [...leases.slice(0, 1), ...others], ...beside }",
    also: { file: FROM, find: "inCursor(ended ?? cursor, made.move, made.leases)", replace: "undefined" },
    found: ["place", "nowhere"],
  },
  {
    name: "shared-take-keeps-the-last-lease-only",
    file: STORE,
    find: "moveCursor(entry, copy(cursor), copy(leases));",
    replace: "moveCursor(entry, copy(cursor), copy(leases.slice(-1)));",
    found: ["nowhere", "place", "mark", "progress"],
  },
  {
    name: "lease-said-to-end-with-others-and-left",
    file: STORE,
    find: "return leaseIds.map((id) => finished(entry, id));",
    replace: 'return leaseIds.map((id, at) => (at > 0 ? "done" : finished(entry, id)));',
    found: ["duplicate", "place", "leak", "progress"],
  },
  {
    name: "leases-ended-together-get-one-answer",
    file: "lib/operations/consume/finish.ts",
    find: 'ids.map((id, index) => [id, ended[index] ?? "gone"])',
    replace: 'ids.map((id) => [id, ended[0] ?? "gone"])',
    world: "three leases that end together, of which one was given back",
    found: ["place", "duplicate"],
  },
  {
    name: "object-that-fails-set-aside-too-soon",
    file: "lib/operations/log/troubles.ts",
    find: "const FAILS_FOR_LONG_MS = 5 * 60_000;",
    replace: "const FAILS_FOR_LONG_MS = 5;",
    also: {
      file: "lib/operations/log/troubles.ts",
      find: "const FAILS_FOR_LONG_TRIES = 5;",
      replace: "const FAILS_FOR_LONG_TRIES = 2;",
    },
    found: ["place"],
  },
  {
    name: "failed-read-ahead-holds-up-its-consumers",
    file: READ_AHEAD,
    find: "messagesFor(takes)).catch(() => undefined);",
    replace: "messagesFor(takes)).catch(() => new Promise<void>(() => undefined));",
    plan: "pull: several in one process, behind, while requests get lost",
    found: ["progress"],
  },
];
