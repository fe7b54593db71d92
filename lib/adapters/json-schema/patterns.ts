import { RE2JS } from "re2js";

/**
 * Patterns in time that is linear in the text, whatever the pattern (RE2). So there are no look-aheads and no
 * back-references: those are refused when the schema is set.
 */
export const linearPatterns = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // The validator takes two patterns for one if they have the same text.
    return { test: (text: string): boolean => compiled.test(text), toString: () => pattern };
  },
  { code: "linearPatterns" },
);
