import type { Filter } from "./evaluate.js";
import { type Conjunction, type FieldFilter, patternOf } from "./pattern.js";

/**
 * Compiles a filter from its JSON text, once for many messages.
 * @throws {InvalidRequest} with every mistake and its place in the filter
 */
export function compileFilter(text: string): Filter {
  const pattern = patternOf(text);
  let combinations: readonly (readonly FieldFilter[])[] | undefined;
  return {
    pattern,
    combinations: () => (combinations ??= combinationsOf(pattern).map(inOrderOfPaths)),
    looksAtBody: fieldsOf(pattern).some(({ root }) => root === "body"),
  };
}

/** By UTF-16 code units, as Java sorts: EventBridge's answer can depend on the order. */
const inOrderOfPaths = (fields: readonly FieldFilter[]): readonly FieldFilter[] =>
  [...fields].sort((one, other) => (one.path < other.path ? -1 : 1));

const fieldsOf = ({ fields, choices }: Conjunction): readonly FieldFilter[] => [
  ...fields,
  ...choices.flat().flatMap(fieldsOf),
];

const combinationsOf = ({ fields, choices }: Conjunction): readonly (readonly FieldFilter[])[] =>
  choices.reduce<readonly (readonly FieldFilter[])[]>(
    (combined, alternatives) =>
      combined.flatMap((some) =>
        alternatives.flatMap(combinationsOf).map((more): readonly FieldFilter[] => [...some, ...more]),
      ),
    [fields],
  );
