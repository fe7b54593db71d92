import { PAIRS, isConsistent } from "./consistency.js";
import { Leaves, isWanted } from "./leaves.js";
import type { Conjunction, FieldFilter } from "./pattern.js";
import type { MessageView } from "./view.js";

/** A filter that can be evaluated. */
export interface Filter {
  readonly pattern: Conjunction;
  /** The pattern without what it wants of the body. */
  readonly outsideBody: Conjunction;
  /** Each combination of alternatives, as EventBridge takes a rule with `$or` for several; in order of their paths. */
  readonly combinations: () => readonly (readonly FieldFilter[])[];
  /** Whether it needs more than a message's key, tag and attributes. */
  readonly looksAtBody: boolean;
}

type Verdict = "yes" | "no" | "depends";

/** Whether a message matches. It never throws, whatever the message is. */
export function matches(filter: Filter, view: MessageView): boolean {
  const leaves = new Leaves(view);
  const verdict = conjunctionHolds(filter.pattern, leaves);
  if (verdict !== "depends") return verdict === "yes";
  const pairs = { left: PAIRS };
  return filter.combinations().some((fields) => isConsistent(fields, leaves, pairs));
}

/** Whether a message may match, by everything but its body. If the filter does not look at that, it matches. */
export const mayMatch = (filter: Filter, view: MessageView): boolean =>
  conjunctionHolds(filter.outsideBody, new Leaves(view)) !== "no";

/** Looks at each field by itself. It depends on the others if leaves are in elements of arrays. */
function conjunctionHolds({ fields, choices }: Conjunction, leaves: Leaves): Verdict {
  let verdict: Verdict = "yes";
  for (const field of fields) {
    const holds = fieldHolds(field, leaves);
    if (holds === "no") return "no";
    if (holds === "depends") verdict = "depends";
  }
  for (const alternatives of choices) {
    const holds = choiceHolds(alternatives, leaves);
    if (holds === "no") return "no";
    if (holds === "depends") verdict = "depends";
  }
  return verdict;
}

function choiceHolds(alternatives: readonly Conjunction[], leaves: Leaves): Verdict {
  let verdict: Verdict = "no";
  for (const alternative of alternatives) {
    const holds = conjunctionHolds(alternative, leaves);
    if (holds === "yes") return "yes";
    if (holds === "depends") verdict = "depends";
  }
  return verdict;
}

export function fieldHolds(field: FieldFilter, leaves: Leaves): Verdict {
  const found = leaves.at(field);
  if (found.length === 0) return field.allowsAbsent ? "yes" : "no";
  // Another field may decide for an element in which this one is absent, or in which it has another value.
  const isHeld = found.some(({ cell }) => cell !== undefined);
  if (field.allowsAbsent && isHeld) return "depends";
  if (!found.some((one) => isWanted(field, one))) return "no";
  return isHeld ? "depends" : "yes";
}
