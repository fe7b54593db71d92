import type { Mutant } from "./mutant.js";

/** Bugs that were planted by somebody who did not know the checkers, and went unseen then. */
export const BLIND_SPOT_MUTANTS: readonly Mutant[] = [
  {
    name: "tombstone-ends-at-once",
    file: "lib/operations/manage/topics.ts",
    find: "nowMs + TOMBSTONE_MS",
    replace: "nowMs + TOMBSTONE_MS - TOMBSTONE_MS",
    world: "a writer that knows a topic, and operators who delete it and make it anew",
    found: ["life"],
  },
  {
    name: "tombstone-too-short-for-clocks-apart",
    file: "lib/operations/manage/topics.ts",
    find: "REQUEST_MS + 2 * CLOCKS_APART_MS;",
    replace: "REQUEST_MS + 0 * CLOCKS_APART_MS;",
    world: "a writer that knows a topic, and operators who delete it and make it anew",
    found: ["life"],
  },
  {
    name: "attempts-joined-across-spans",
    file: "lib/domain/progress/spans.ts",
    find: "one.attempt === other.attempt &&",
    replace: "one.attempt > 0 && other.attempt > 0 &&",
    found: ["attempt"],
  },
  {
    name: "owner-forgets-the-deaths-before-it-as-it-commits",
    file: "lib/domain/moves/commit.ts",
    find: "const attempt = run.attempt - (isReturned ? 1 : 0);",
    replace: "const attempt = isReturned ? 0 : 1;",
    found: ["attempt"],
  },
  {
    name: "owner-of-keys-forgets-the-deaths-before-it",
    file: "lib/domain/moves/key-records.ts",
    find: "const attempt = handed - (isReturned ? 1 : 0);",
    replace: "const attempt = Math.min(1, handed) - (isReturned ? 1 : 0);",
    found: ["attempt"],
  },
  {
    name: "end-of-a-pause-wakes-nobody",
    file: "lib/operations/manage/subscriptions.ts",
    find: "      subscription.paused ||\n      wanted",
    replace: "      wanted",
    found: ["promptness"],
  },
  {
    name: "partitions-never-read-anew",
    file: "lib/operations/log/anchors.ts",
    find: "if (isFresh && !isAnew && !isExact) return known.value;",
    replace: "void [isFresh, isAnew, isExact];\n  if (known) return known.value;",
    found: ["promptness", "progress", "isolation"],
  },
  {
    name: "partition-that-comes-into-use-not-seen-by-a-pump-at-work",
    file: "lib/operations/log/anchors.ts",
    find: "const isFresh = known && nowMs - known.atMs < ANCHORS_CACHE_MS && nowMs >= known.atMs;",
    replace: "const isFresh = known && nowMs > 0 && ANCHORS_CACHE_MS > 0;",
    world: "a pump at work, and a writer who uses another partition",
    found: ["promptness"],
  },
  {
    name: "pause-not-looked-at-by-a-receive",
    file: "lib/operations/consume/receive.ts",
    find: "subscription.paused || deliveryIsPaused(topic);",
    replace: "subscription.uid === topic.name && deliveryIsPaused(topic);",
    found: ["pause"],
  },
  {
    name: "second-handing-out-not-counted",
    file: "lib/domain/moves/take.ts",
    find: "const attempt = (past?.attempt ?? 0) + attempts;",
    replace: "const attempt = past?.attempt ?? attempts;",
    found: ["attempt"],
  },
  {
    name: "pause-not-looked-at-by-a-pump",
    file: "lib/domain/lane.ts",
    find: 'target.type !== "pull" && !paused && !disabled && !deliveryIsPaused(topic);',
    replace:
      'target.type !== "pull" && !disabled && (!paused || !deliveryIsPaused(topic) || topic.version > 0);',
    found: ["pause"],
  },
  {
    name: "pause-of-a-topic-not-heard-of-by-a-pump-at-work",
    file: "lib/operations/push/lane-keeper.ts",
    find: "if (!isSame || !isPushable({ topic: topicNow, subscription: now })) this",
    replace: "if (!isSame) this",
    found: ["pause"],
  },
  {
    name: "held-up-by-another-subscription",
    file: "lib/operations/consume/receive.ts",
    find: "const memory = await consumerMemory(engine, reader.subscription, maxAgeMs);",
    replace: [
      "for (const other of (await engine.subscriptions.list(reader.topic, { limit: 9 })).items) {",
      "  if (other.name === reader.subscription.name) continue;",
      "  if ((await engine.progress.nextDueMs(other)) !== undefined) return NOTHING;",
      "}",
      "const memory = await consumerMemory(engine, reader.subscription, maxAgeMs);",
    ].join("\n"),
    // Two that wait for each other never end.
    found: ["isolation", "progress"],
  },
];
