import { PAIRS, isConsistent } from "./consistency.js";
import { type Filter, fieldHolds, matches } from "./evaluate.js";
import { type Found, Leaves } from "./leaves.js";
import { shown } from "./matcher.js";
import type { Conjunction, FieldFilter } from "./pattern.js";
import type { MessageView } from "./view.js";

/** How many values, and how many combinations of alternatives, a sentence tells of. */
const SHOWN_VALUES = 3;

/** Why a message does not match, in one sentence for each reason. Empty if it matches. */
export function becauseOf(filter: Filter, view: MessageView): readonly string[] {
  if (matches(filter, view)) return [];
  const leaves = new Leaves(view);
  const reasons = conjunctionReasons(filter.pattern, leaves);
  return reasons.length > 0 ? reasons : [apartReason(filter, leaves)];
}

/** What is wrong with fields and choices by themselves. */
function conjunctionReasons({ fields, choices }: Conjunction, leaves: Leaves): readonly string[] {
  const wrong = fields.filter((field) => fieldHolds(field, leaves) === "no");
  return [
    ...wrong.map((field) => fieldReason(field, leaves)),
    ...choices.flatMap((alternatives) => choiceReason(alternatives, leaves)),
  ];
}

/** Only if no alternative can hold. */
function choiceReason(alternatives: readonly Conjunction[], leaves: Leaves): readonly string[] {
  const reasons = alternatives.map((alternative) => conjunctionReasons(alternative, leaves));
  if (reasons.some((ones) => ones.length === 0)) return [];
  const listed = reasons.map((ones, index) => `(${index + 1}) ${ones.join(", and ")}`);
  return [`no alternative of "$or" matches: ${listed.join("; ")}`];
}

const fieldReason = (field: FieldFilter, leaves: Leaves): string =>
  `${field.path} ${isWhat(leaves.at(field))}, but the filter wants ${wantedOf(field)}`;

function isWhat(found: readonly Found[]): string {
  if (found.length === 0) return "is not there";
  const values = found.slice(0, SHOWN_VALUES).map(({ leaf }) => shown(leaf));
  const more = found.length - values.length;
  return `is ${values.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function wantedOf({ matchers, allowsAbsent }: FieldFilter): string {
  const wanted = matchers.map((matcher) => matcher.wanted);
  return [...wanted, ...(allowsAbsent ? ["no value at all"] : [])].join(" or ");
}

/** Every field has what it wants somewhere, but not together in the same elements of an array. */
function apartReason(filter: Filter, leaves: Leaves): string {
  const fields = filter
    .combinations()
    .slice(0, SHOWN_VALUES)
    .flatMap((some) => shortestApart(some, leaves));
  const paths = [...new Set(fields.map(({ path }) => path))];
  return `no single element of an array has what the filter wants of ${paths.join(" and ")} together`;
}

/** The fields up to the first that does not fit to those before it, without those that do not matter. */
function shortestApart(fields: readonly FieldFilter[], leaves: Leaves): readonly FieldFilter[] {
  if (fields.some((field) => fieldHolds(field, leaves) === "no")) return [];
  return fields.reduce<readonly FieldFilter[]>((left, field) => {
    const without = left.filter((one) => one !== field);
    return isConsistent(without, leaves, { left: PAIRS }) ? left : without;
  }, fields);
}
