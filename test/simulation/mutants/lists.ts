import type { Mutant } from "./mutant.js";

const QUERY = "lib/domain/message-query.ts";
const RECORDS = "lib/operations/manage/record-messages.ts";
const WAITING = "lib/operations/manage/waiting-messages.ts";

/** Bugs of the lists of dead letters, and of what has not ended. */
export const LIST_MUTANTS: readonly Mutant[] = [
  {
    name: "list-asks-for-more-attempts-than-it-is-asked-for",
    file: QUERY,
    find: "attempt >= minAttempts",
    replace: "attempt > minAttempts",
    found: ["list"],
  },
  {
    name: "dead-letters-listed-whatever-is-asked-for",
    file: "lib/domain/dead-letter.ts",
    find: "entry.expiresAtMs > nowMs && isAskedFor(entry, query)",
    replace: "entry.expiresAtMs > nowMs && (isAskedFor(entry, query) || entry.attempt > 0)",
    found: ["list"],
  },
  {
    name: "list-of-records-begins-a-page-with-the-last-of-the-one-before",
    file: RECORDS,
    find: "record.id === from.id && offset <= from.offset",
    replace: "record.id === from.id && offset < from.offset",
    found: ["list"],
  },
  {
    name: "list-knows-no-lease-in-a-cursor",
    file: RECORDS,
    find: "return [...records, ...among].sort(",
    replace: "return [...records, ...among.filter(({ id }) => known.has(id))].sort(",
    found: ["list"],
  },
  {
    name: "list-judges-a-held-dead-letter-by-what-stands-for-it",
    file: RECORDS,
    find: "if (!isHold(span) && !hasPastAskedFor(span, query)) continue;",
    replace: "if (!hasPastAskedFor(span, query)) continue;",
    found: ["list"],
  },
  {
    name: "list-takes-all-of-a-span-for-its-first",
    file: RECORDS,
    find: "(offset === span.from ? ofFirst : ofRest) === state",
    replace: "(offset >= span.from ? ofFirst : ofRest) === state",
    found: ["list"],
  },
  {
    name: "list-of-what-waits-leaves-its-partition-with-a-page",
    file: WAITING,
    find: "if (from && partition < from.partition) continue;",
    replace: "if (from && partition <= from.partition) continue;",
    found: ["list"],
  },
];
