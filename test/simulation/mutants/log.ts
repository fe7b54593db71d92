import type { Mutant } from "./index.js";

const APPEND = "lib/operations/append.ts";
const READ = "lib/operations/read-ahead.ts";
const LIVE = "lib/operations/live-slots.ts";
const SLOTS = "lib/operations/slots.ts";

/** Bugs of publishing and of reading the log. */
export const LOG_MUTANTS: readonly Mutant[] = [
  {
    name: "expiry-goes-back",
    file: "lib/domain/slot.ts",
    find: "return Math.max(nowMs + retentionMs, tail?.expiresAtMs ?? 0);",
    replace: "return nowMs + retentionMs;",
    found: ["log"],
  },
  {
    name: "nonce-forgotten",
    file: "lib/adapters/memory/log-store.ts",
    find: 'return there.nonce === slot.nonce ? { kind: "stored" } : { kind: "lost", winner: tailOf(there) };',
    replace: 'return { kind: "lost", winner: tailOf(there) };',
    found: ["durable"],
  },
  {
    name: "appended-twice",
    file: "lib/operations/publish.ts",
    find: "return await append(instance, topic, contents, choose);",
    replace:
      "await append(instance, topic, contents, choose);\nreturn await append(instance, topic, contents, choose);",
    found: ["copies"],
  },
  {
    name: "anchor-not-bumped",
    file: "lib/adapters/memory/log-store.ts",
    find: "setAnchor(partition, anchorVersion + 1);",
    replace: "",
    found: ["progress"],
  },
  {
    name: "segment-not-stored",
    file: APPEND,
    find: "await segments.put(key, bytes);",
    replace: "",
    found: ["log"],
  },
  {
    name: "segment-stored-after-the-claim",
    file: APPEND,
    find: "await segments.put(key, bytes);",
    replace: "void clock.sleep(50).then(() => segments.put(key, bytes)).catch(() => undefined);",
    found: ["log"],
  },
  {
    name: "lost-race-taken-for-stored",
    file: APPEND,
    find: 'if (outcome.kind === "stored") {',
    replace: 'if (outcome.kind !== "anchor-moved") {',
    found: ["durable"],
  },
  {
    name: "failed-append-acknowledged",
    file: "lib/operations/publish.ts",
    find: "if (error instanceof SluiceError) return error;\n    throw error;",
    replace: "return { partition: 0, losses: 0, slot: { base: 1, publishedAtMs: 1 } as Appended['slot'] };",
    found: ["durable"],
  },
  {
    name: "gap-believed-at-once",
    file: SLOTS,
    find: "if (isDense(slots, from) && !(isKnown && slots.length === 0)) return slots;",
    replace: "return slots;",
    found: ["place"],
    within: 1_500,
  },
  {
    name: "known-range-believed-gone",
    file: SLOTS,
    find: "&& !(isKnown && slots.length === 0)",
    replace: "",
    found: ["place"],
    within: 1_500,
  },
  {
    name: "cut-span-read-from-its-first-slot",
    file: LIVE,
    find: "if (slots.length > 0 || !last) {",
    replace: "if (slots.length >= 0 || !last) {",
    found: ["place"],
  },
  {
    name: "expired-message-handed-out",
    file: READ,
    find: "if (message.expiresAtMs !== undefined && message.expiresAtMs <= nowMs) continue;",
    replace: "void nowMs;",
    found: ["expiry"],
  },
  {
    name: "offset-of-the-next-message-skipped",
    file: READ,
    find: "this.#next = { head: offset, slotBase: slot.base };",
    replace: "this.#next = { head: offset + 1, slotBase: slot.base };",
    found: ["place"],
  },
  {
    name: "checksum-ignored",
    file: "lib/domain/slot-codec.ts",
    find: 'if (checksumOf(bytes) !== slot.checksum) throw new UnreadableSlot("checksum-mismatch");',
    replace: "",
    found: ["copies", "durable"],
    within: 1_500,
  },
  {
    name: "ttl-filter-off",
    file: LIVE,
    find: "const firstLive = slots.findIndex(({ expiresAtMs }) => expiresAtMs > nowMs);",
    replace: "const firstLive = slots.findIndex(() => nowMs > 0);",
    also: {
      file: SLOTS,
      find: 'if (slot.expiresAtMs <= clock.nowMs()) return { kind: "expired", slot };',
      replace: "void clock;",
    },
    found: ["expiry"],
    within: 1_500,
  },
  {
    name: "key-spread-over-partitions",
    file: "lib/operations/publish.ts",
    find: 'const keyed = topic.ordering === "key" && message.key !== undefined;',
    replace: 'const keyed = topic.ordering !== "key" && message.key !== undefined;',
    found: ["order"],
  },
  {
    name: "restart-below-the-tail",
    file: "lib/domain/slot.ts",
    find: 'const base = appendWay(tail, nowMs) === "restart" ? Math.max(nowMs * 1_000, next) : next;',
    replace: 'const base = appendWay(tail, nowMs) === "restart" ? nowMs : next;',
    found: ["log", "durable", "progress"],
  },
  {
    name: "restart-while-the-tail-lives-long",
    file: "lib/domain/slot.ts",
    find: 'if (lifeMs > PLAIN_ABOVE_MS) return "plain";',
    replace: 'if (lifeMs > 0) return "plain";',
    world: "a writer before and one behind a tail's last minute, by their clocks",
    found: ["log"],
  },
  {
    name: "anchor-read-behind-the-tail",
    file: APPEND,
    find: "return { tail: await log.tail(ref), anchorVersion };",
    replace: "return { tail, anchorVersion: await log.anchorVersion(ref) };",
    world: "a writer before and one behind a tail's last minute, by their clocks",
    found: ["log", "durable"],
  },
];
