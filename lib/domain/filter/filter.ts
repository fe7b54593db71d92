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
    outsideBody: outsideBody(pattern),
    combinations: () => (combinations ??= combinationsOf(pattern).map(inOrderOfPaths)),
    looksAtBody: fieldsOf(pattern).some(({ root }) => root === "body"),
  };
}

/** By UTF-16 code units, as Java sorts: EventBridge's answer can depend on the order. */
const inOrderOfPaths = (fields: readonly FieldFilter[]): readonly FieldFilter[] =>
  [...fields].sort((one, other) => (one.path < other.path ? -1 : 1));

/**
 * What the pattern wants of a message's other parts than its body. What does not hold that does not match, whatever the
 * body is. A choice of which an alternative looks at nothing else can hold in any case.
 */
function outsideBody({ fields, choices }: Conjunction): Conjunction {
  const kept = choices.map((alternatives) => alternatives.map(outsideBody));
  return {
    fields: fields.filter(({ root }) => root !== "body"),
    choices: kept.filter((alternatives) => !alternatives.some(isEmpty)),
  };
}

const isEmpty = ({ fields, choices }: Conjunction): boolean => fields.length + choices.length === 0;

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
