import type { Mutant } from "./mutant.js";

const BURY = "lib/operations/consume/bury.ts";

/** Bugs of dead letters: of how messages come there, and of how they leave. */
export const DEAD_LETTER_MUTANTS: readonly Mutant[] = [
  {
    name: "dead-letter-written-beside-its-record",
    file: BURY,
    find: "const move = placed(buried);",
    replace: `await engine.progress.move(subscription, { deadLetters: letters });
  const { deadLetters: _, ...move } = placed(buried);`,
    found: ["dead"],
  },
  {
    name: "dead-letter-copied-after-the-move",
    file: "lib/operations/log/message-copy.ts",
    find: 'if (content.kind === "segment") await segments.put(content.key, bytes);',
    replace:
      'if (content.kind === "segment") void clock.sleep(50).then(() => segments.put(content.key, bytes));',
    found: ["dead"],
  },
  {
    name: "dead-by-attempts-instead-of-failures",
    file: "lib/domain/moves/after-failure.ts",
    find: '{ charged = 0, isRejected }: Pick<Span, "charged" | "isRejected">,',
    replace: "{ attempt: charged, isRejected }: Span,",
    found: ["dead"],
  },
  {
    name: "rest-of-a-record-buried-with-it",
    file: BURY,
    find: "const left = inOrder(without(gone, looked));",
    replace: "const left: readonly Span[] = [];",
    found: ["place", "expired"],
  },
  {
    name: "rejected-as-any-failure",
    file: "lib/domain/moves/settle.ts",
    find: "const rejected = { isRejected: true } as const;",
    replace: "const rejected = {};",
    found: ["word"],
  },
  {
    name: "acknowledged-after-its-rejection",
    file: "lib/domain/moves/settle.ts",
    find: "rejected: { ack: false,",
    replace: "rejected: { ack: true,",
    world: "a consumer that acknowledges and rejects a message at once",
    found: ["word"],
  },
  {
    name: "rejection-lost-in-a-commit",
    file: "lib/operations/push/delivered.ts",
    find: "const rejected = isRejected ? { isRejected } : {};",
    replace: "const rejected = {};",
    found: ["duplicate"],
  },
  {
    name: "redriven-and-still-dead",
    file: "lib/domain/moves/redrive.ts",
    find: "const move: Move = { endedDeadLetters: letters, ...(",
    replace: "const move: Move = { ...(",
    found: ["place", "dead"],
    within: 1_500,
  },
  {
    name: "mend-forgotten-once-handed-out",
    file: "lib/domain/moves/take.ts",
    find: "...(past?.mended === undefined ? {} : { mended: past.mended }),",
    replace: "",
    found: ["content"],
  },
  {
    name: "mended-before-and-sent-again-as-published",
    file: "lib/operations/redrive/mend.ts",
    find: "if (!mend && !entry.isMended) continue;",
    replace: "if (!mend || entry.isMended) continue;",
    world: "a message that was mended, and fails again",
    found: ["content"],
  },
];
