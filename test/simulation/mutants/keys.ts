import type { Mutant } from "./mutant.js";

const WINDOW = "lib/operations/push/keyed-window.ts";
const CHOOSE = "lib/operations/consume/choose-keys.ts";
const COMMIT = "lib/domain/moves/commit-keys.ts";

/** Bugs of ordered subscriptions whose keys are delivered in parallel. */
export const KEY_MUTANTS: readonly Mutant[] = [
  {
    name: "two-messages-of-a-key-at-once",
    file: WINDOW,
    find: "if (!isDone) busy.add(hash);",
    replace: "void isDone;",
    found: ["order"],
  },
  {
    name: "key-goes-on-while-its-retry-waits",
    file: WINDOW,
    find: "if (!placed || run || busy.has(hash) || this.isHeld(hash)) continue;",
    replace: "if (!placed || run || busy.has(hash)) continue;",
    found: ["order"],
  },
  {
    name: "what-waits-behind-a-busy-key-passed-and-forgotten",
    file: COMMIT,
    find: "if (stored) {\n        put.push(joinedBy(stored, spans, nowMs));",
    replace: "if (stored) {\n        void joinedBy;",
    found: ["place"],
  },
  {
    name: "record-that-became-another-believed-ended",
    file: "lib/operations/push/busy-keys.ts",
    find: "if (stored.version === version) {",
    replace: "if (stored.version >= version) {",
    found: ["order"],
  },
  {
    name: "two-records-of-a-key-that-failed-with-others",
    file: "lib/operations/push/keyed-commits.ts",
    find: "items.filter((item) => hasFailed(item) || (reach",
    replace: "items.filter((item) => !hasFailed(item) && (reach",
    found: ["order"],
  },
  {
    name: "joins-a-record-before-the-rest-of-its-key",
    file: COMMIT,
    find: "if (hasRoom && mayJoin && !this.#restKeys.has(hash)) {",
    replace: "void mayJoin;\n    if (hasRoom && !this.#restKeys.has(hash)) {",
    found: ["order"],
    within: 1_000,
  },
  {
    name: "parked-messages-end-with-their-lease",
    file: "lib/domain/moves/take-chain.ts",
    find: "made && isMarked ? { ...made, isMarked: true as const } : made;",
    replace: "made;",
    found: ["place"],
  },
  {
    name: "pulled-key-in-two-leases",
    file: CHOOSE,
    find: "const record = await this.keys.holderOf(hash);",
    replace: "const record = await this.keys.holderOf(`${hash}0`);",
    found: ["order"],
  },
  {
    name: "key-of-a-lease-taken-for-another",
    file: "lib/domain/moves/take-keys.ts",
    find: "return at > 0 ? { ...span, keyAt: at } : span;",
    replace: "return at > 0 ? { ...span, keyAt: at - 1 } : span;",
    found: ["order", "place"],
  },
  {
    name: "what-a-receive-passes-forgotten",
    file: "lib/domain/moves/take-keys.ts",
    find: ", ...joinedRecords(parked, nowMs)],",
    replace: "],",
    found: ["place"],
  },
  {
    name: "sick-key-holds-up-pulled-partition",
    file: CHOOSE,
    find: "if (!hasRoom || holdsAll(record.id)) {",
    replace: "if (hasRoom || holdsAll(record.id)) {",
    found: ["isolation"],
  },
  {
    name: "keys-that-go-on-not-listed",
    file: "lib/operations/consume/settle-lease.ts",
    find: 'const records = (move.put ?? []).filter(({ kind }) => kind !== "hint");',
    replace: 'const records = (move.put ?? []).filter(({ kind }) => kind === "lease");',
    found: ["order", "progress"],
  },
  {
    name: "redriven-taken-beside-their-key",
    file: "lib/operations/redrive/front-of.ts",
    find: "if (!holder) continue;",
    replace: "if (holder ?? !holder) continue;",
    found: ["order"],
  },
  {
    name: "records-believed-gone-once-one-was",
    file: "lib/operations/consume/listed-keys.ts",
    find: "open.filter((id) => known.has(id))",
    replace: "known.size > 0 ? open : []",
    found: ["order", "place", "lease", "hold"],
  },
];
