import type { Mutant } from "./mutant.js";

const INBOX = "lib/client/inbox.ts";

/** Bugs of a consumer that writes what messages do in its own transactions. */
export const INBOX_MUTANTS: readonly Mutant[] = [
  {
    name: "inbox-without-a-condition",
    file: INBOX,
    find: 'ConditionExpression: "attribute_not_exists(#inbox)"',
    replace: 'ConditionExpression: ""',
    found: ["effect"],
  },
  {
    name: "inbox-acknowledges-before-its-write",
    file: INBOX,
    find: "await send();",
    replace: "void send().catch(() => undefined);",
    found: ["effect"],
  },
  {
    name: "inbox-takes-a-conflict-for-a-redelivery",
    file: INBOX,
    find: 'Code === "ConditionalCheckFailed" && textOf(there?.[partitionKey]) === key',
    replace: '(Code === "TransactionConflict" || textOf(there?.[partitionKey]) === key)',
    found: ["effect"],
  },
  {
    name: "inbox-takes-another-condition-for-its-own",
    file: INBOX,
    find: " && textOf(there?.[partitionKey]) === key",
    replace: " && (there === undefined || key !== undefined)",
    found: ["effect"],
  },
  {
    name: "inbox-shared-by-subscriptions",
    file: INBOX,
    find: "return `${subscription}#${id}`;",
    replace: "return id;",
    found: ["effect"],
  },
  {
    name: "inbox-forgets-after-a-minute",
    file: INBOX,
    find: "nowMs / 1_000 + retentionSeconds + MARGIN_SECONDS",
    replace: "nowMs / 1_000 + 60",
    found: ["effect"],
  },
];
