import type { Mutant } from "./mutant.js";

const FITTING = "lib/operations/delay/publish-fitting.ts";

/** Bugs of topics with a schema. */
export const SCHEMA_MUTANTS: readonly Mutant[] = [
  {
    name: "schema-not-checked",
    file: "lib/operations/publish/body-faults.ts",
    find: "if (schema === undefined) return contents.map(() => undefined);",
    replace: "if (schema === undefined || contents.length > 1) return contents.map(() => undefined);",
    found: ["schema"],
  },
  {
    name: "schema-refuses-a-neighbour",
    file: FITTING,
    find: 'if (fault) return { kind: "failed", error: fault };',
    replace:
      'if (fault ?? faults[0]) return { kind: "failed", error: (fault ?? faults[0]) as InvalidRequest };',
    found: ["schema", "durable", "answer"],
  },
  {
    name: "schema-stores-the-rest-of-a-keyed-request",
    file: FITTING,
    find: "const fitting = isKeyed ? [] : drafts.filter(",
    replace: "const fitting = drafts.filter(",
    found: ["schema"],
  },
];
