import type { Mutant } from "./index.js";

const SETTLE = "lib/operations/consume/settle-lease.ts";
const DUE = "lib/operations/consume/take-due.ts";
const STORE = "lib/adapters/memory/progress-store.ts";
const NEXT = "lib/operations/consume/take-next.ts";

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
    find: "if (remove.some(({ id, version }) => due.get(id)?.version !== version)) return false;",
    replace: "",
    found: ["place"],
  },
  {
    name: "expired-lease-not-removed",
    file: DUE,
    find: "remove: group,",
    replace: "remove: [],",
    found: ["place"],
  },
  {
    name: "rest-of-a-group-dropped",
    file: DUE,
    find: "const put = [...leased, ...waiting];",
    replace: "const put = leased;",
    found: ["place"],
  },
  {
    name: "lease-handed-out-before-its-deadline",
    file: DUE,
    find: "await progress.due(subscription, clock.nowMs(), DUE_LIMIT)",
    replace: "await progress.due(subscription, clock.nowMs() + 60_000, DUE_LIMIT)",
    found: ["early", "duplicate"],
  },
  {
    name: "shares-for-others-dropped",
    file: NEXT,
    find: "put: [lease, ...left],",
    replace: "put: [lease],",
    found: ["place"],
  },
  {
    name: "unreadable-slot-not-recorded",
    file: NEXT,
    find: "put: [lease, ...left], setAside: ahead.setAside };",
    replace: "put: [lease, ...left] };",
    found: ["aside"],
  },
  {
    name: "whole-lease-ended-by-one-acknowledgement",
    file: SETTLE,
    find: "if (offsets.length === size)",
    replace: "if (size > 0)",
    found: ["place"],
  },
  {
    name: "rest-of-a-lease-dropped-with-a-retry",
    file: SETTLE,
    find: "if (rest.length === 0) return { remove: [lease], put: retries };",
    replace: "return { remove: [lease], put: retries };",
    found: ["place"],
  },
  {
    name: "retry-without-a-record",
    file: SETTLE,
    find: "return { put: [kept, ...retries] };",
    replace: "return { put: [kept] };",
    found: ["place"],
  },
  {
    name: "acknowledged-message-retried-with-the-rest",
    file: SETTLE,
    find: "const left = without(openSpans(lease), new Set(acks));",
    replace: "const left = openSpans(lease);",
    found: ["place"],
  },
  {
    name: "ordered-partition-not-held",
    file: NEXT,
    find: "if (await progress.get(subscription, id)) return true;",
    replace: "void [progress, subscription, id];",
    found: ["order"],
  },
  {
    name: "ordered-retry-overtakes",
    file: DUE,
    find: "if (await progress.get(subscription, id)) return undefined;",
    replace: "",
    found: ["order"],
  },
  {
    name: "latest-starts-too-late",
    file: "lib/operations/manage/starting-places.ts",
    find: "return tail && { head: nextOffset(tail), slotBase: nextOffset(tail) };",
    replace: "return tail && { head: nextOffset(tail) + 1, slotBase: nextOffset(tail) };",
    found: ["start"],
  },
  {
    name: "extended-lease-handed-out-at-its-first-deadline",
    file: STORE,
    find: "if (one.dueMs <= nowMs) found.push(one);",
    replace: "found.push(one);",
    found: ["early"],
  },
  {
    name: "acknowledged-part-handed-out-again",
    file: DUE,
    find: "const open = group.flatMap(openSpans).sort((a, b) => a.from - b.from);",
    replace: "const open = group.flatMap(({ spans }) => spans).sort((a, b) => a.from - b.from);",
    found: ["place", "duplicate"],
  },
  {
    name: "handed-out-without-a-lease",
    file: NEXT,
    find: 'if (outcome === "conflict") return lostRace(reader);',
    replace: "void [outcome, lostRace];",
    found: ["nowhere"],
  },
];
