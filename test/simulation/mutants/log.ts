import type { Mutant } from "./mutant.js";

const APPEND = "lib/operations/log/append.ts";
const PLACING = "lib/operations/log/placing.ts";
const READ = "lib/operations/log/read-range.ts";
const LIVE = "lib/operations/log/live-slots.ts";
const SLOTS = "lib/operations/log/slots-from.ts";

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
    file: "lib/adapters/memory/append.ts",
    find: 'if (isTaken && there.nonce === slot.nonce) return { kind: "stored" };',
    replace: "",
    found: ["durable"],
  },
  {
    name: "appended-twice",
    file: "lib/operations/publish/append-messages.ts",
    find: "return await append(engine, topic, contents, choosing(engine, topic, partition, contents.length));",
    replace: [
      "const chosen = choosing(engine, topic, partition, contents.length);",
      "await append(engine, topic, contents, chosen);",
      "return await append(engine, topic, contents, chosen);",
    ].join("\n"),
    found: ["copies"],
  },
  {
    name: "anchor-not-bumped",
    file: "lib/adapters/memory/append.ts",
    find: "setAnchor(storage, partition, { version: versionAfter(anchorVersion, slot.publishedAtMs) });",
    replace: "void versionAfter;",
    // Two writers open one partition at two offsets, or nobody learns that it is in use, the clock included.
    found: ["log", "progress", "start", "mark"],
  },
  {
    name: "segment-not-stored",
    file: PLACING,
    find: "await segments.put(key, bytes);",
    replace: "",
    found: ["log"],
  },
  {
    name: "segment-stored-after-the-claim",
    file: PLACING,
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
    file: "lib/operations/publish/append-messages.ts",
    find: "if (error instanceof SluiceError) return error;\n    throw error;",
    replace:
      "const slot = { base: 1, publishedAtMs: 1, count: contents.length, content: { kind: 'inline', bytes: [] } };\n" +
      "return { partition: 0, slot } as unknown as Appended;",
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
    find: "if (message.expiresAtMs !== undefined && message.expiresAtMs <= nowMs) {",
    replace: "if (nowMs < 0) {",
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
    find: 'if (checksumOf(bytes) !== checksum) throw new UnreadableSlot("checksum-mismatch");',
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
      file: "lib/operations/log/open-slot.ts",
      find: 'if (slot.expiresAtMs <= clock.nowMs()) return { kind: "expired", slot };',
      replace: "void clock;",
    },
    found: ["expiry"],
    within: 1_500,
  },
  {
    name: "key-spread-over-partitions",
    file: "lib/operations/publish/publish.ts",
    find: "const partition = partitionFor(topic, message.key);",
    replace: 'const partition = topic.ordering === "key" ? undefined : partitionFor(topic, message.key);',
    found: ["order"],
  },
  {
    name: "restart-below-the-tail",
    file: "lib/domain/slot.ts",
    find: "const base = isRestart ? Math.max(nowMs * 1_000, next) : next;",
    replace: "const base = isRestart ? Math.max(0, next - 1) : next;",
    // Below a tail of one message lies its own slot: each append loses to it, for ever.
    found: ["log", "durable", "progress", "answer"],
  },
  {
    name: "restart-while-the-tail-lives-long",
    file: "lib/domain/slot.ts",
    find: 'if (lifeMs > PLAIN_ABOVE_MS && isYoung) return "plain";',
    replace: 'if (lifeMs > 0) return "plain";',
    world: "a writer before and one behind a tail's last minute, by their clocks",
    found: ["log"],
  },
  {
    name: "anchor-read-behind-the-tail",
    file: PLACING,
    find: "return { tail: await log.tail(ref), anchorVersion };",
    replace: "return { tail, anchorVersion: await log.anchorVersion(ref) };",
    world: "a writer before and one behind a tail's last minute, by their clocks",
    found: ["log", "durable"],
  },
  {
    name: "gap-left-behind-the-tail",
    file: "lib/domain/slot.ts",
    find: "const next = tail ? nextOffset(tail) : 0;",
    replace: "const next = tail ? nextOffset(tail) + 1 : 0;",
    found: ["log"],
  },
  {
    name: "expires-before-its-retention",
    file: "lib/domain/slot.ts",
    find: "return Math.max(nowMs + retentionMs, tail?.expiresAtMs ?? 0);",
    replace: "return Math.max(nowMs + Math.min(retentionMs, 2_000_000), tail?.expiresAtMs ?? 0);",
    found: ["retention"],
  },
  {
    name: "checksum-of-other-bytes",
    file: "lib/domain/slot-codec.ts",
    find: "checksum: checksumOf(bytes)",
    replace: "checksum: checksumOf(bytes.subarray(1))",
    found: ["log"],
  },
  {
    name: "header-of-another-message",
    file: "lib/domain/slot-header.ts",
    find: "{ value, place: PLACES.charAt(distinct.size) }",
    replace: "{ value, place: PLACES.charAt(Math.max(0, distinct.size - 1)) }",
    found: ["log"],
  },
  {
    name: "publish-always-refused",
    file: "lib/operations/publish/publish.ts",
    find: "if (publishIsPaused(topic)) throw",
    replace: "if (!publishIsPaused(topic)) throw",
    found: ["answer"],
  },
  {
    name: "slot-that-fails-now-counts-as-expired",
    file: "lib/operations/log/read-spans.ts",
    find: "this.#left.push({ ...span, from, to: Math.min(to, span.to), slotBase });",
    replace: "",
    found: ["place"],
  },
  {
    name: "slot-that-fails-now-is-overtaken",
    file: "lib/operations/log/read-spans.ts",
    find: "return this.limits.skipsTroubles ? TROUBLED_LIMIT - this.#troubles.length : 0;",
    replace: "return TROUBLED_LIMIT - this.#troubles.length;",
    found: ["order"],
  },
];
