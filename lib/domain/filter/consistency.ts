import { type Cell, type Found, type Leaves, isWanted } from "./leaves.js";
import type { FieldFilter } from "./pattern.js";

/** How many pairs of elements may still be compared. */
export interface Budget {
  left: number;
}

/** For one message. A body that needs more is delivered rather than lost, and delays nobody else's. */
export const PAIRS = 1_000_000;

/** The elements that the fields so far have their leaves in, and the elements around those, in order of their ids. */
type Choice = readonly Cell[];

/**
 * Whether all fields hold at once, with leaves from the same element wherever they share an array. `fields` are in the
 * order of their paths, as in EventBridge: a field may be absent if no element that the fields before it leave possible
 * has it.
 */
export function isConsistent(fields: readonly FieldFilter[], leaves: Leaves, pairs: Budget): boolean {
  const found = fields.map((field) => leaves.at(field));
  const neededLater = arraysOfLater(found);
  let choices: readonly Choice[] = [[]];
  for (const [index, field] of fields.entries()) {
    choices = choicesAfter(choices, field, found[index] ?? [], neededLater[index] ?? NO_ARRAYS, pairs);
    if (pairs.left < 0) return true;
    if (choices.length === 0) return false;
  }
  return true;
}

type Arrays = ReadonlySet<readonly unknown[]>;
const NO_ARRAYS: Arrays = new Set();

/** For each field, the arrays that fields after it have leaves in. A choice in other arrays can be forgotten. */
function arraysOfLater(found: readonly (readonly Found[])[]): readonly Arrays[] {
  const later: Arrays[] = [];
  const arrays = new Set<readonly unknown[]>();
  for (let index = found.length - 1; index >= 0; index--) {
    later[index] = new Set(arrays);
    for (const { cell } of found[index] ?? []) {
      for (let one = cell; one && !arrays.has(one.array); one = one.parent) arrays.add(one.array);
    }
  }
  return later;
}

/** The choices that are left with this field. Those that make no difference to later fields are one. */
function choicesAfter(
  choices: readonly Choice[],
  field: FieldFilter,
  found: readonly Found[],
  neededLater: Arrays,
  pairs: Budget,
): readonly Choice[] {
  const here = field.allowsAbsent ? new Elements(found) : undefined;
  const wanted = new Elements(found.filter((one) => isWanted(field, one)));
  const next = new Map<string, Choice>();
  const keep = (choice: Choice): void => {
    const needed = choice.filter(({ array }) => neededLater.has(array));
    next.set(needed.map(({ id }) => id).join(), needed);
  };
  for (const choice of choices) {
    if (here && here.agreeingWith(choice, pairs).length === 0) keep(choice);
    for (const cell of wanted.agreeingWith(choice, pairs)) keep(withCell(choice, cell));
  }
  return [...next.values()];
}

/** With the cells around it too: a later field may share an outer array only. */
function withCell(choice: Choice, cell: Cell | undefined): Choice {
  const added: Cell[] = [];
  for (let one = cell; one; one = one.parent) if (!choice.includes(one)) added.push(one);
  return added.length === 0 ? choice : [...choice, ...added].sort((one, other) => one.id - other.id);
}

/** The distinct elements that hold a field's leaves; undefined for leaves in no array. */
class Elements {
  readonly #all: readonly (Cell | undefined)[];
  #index: ElementIndex | undefined;

  constructor(found: readonly Found[]) {
    this.#all = [...new Set(found.map(({ cell }) => cell))];
  }

  /** Those that are in no other element of an array than `choice` is. */
  agreeingWith(choice: Choice, pairs: Budget): readonly (Cell | undefined)[] {
    if (choice.length === 0) return this.#all;
    const candidates = this.#candidates(choice);
    pairs.left -= candidates.length;
    return pairs.left < 0 ? [] : candidates.filter((cell) => agrees(choice, cell));
  }

  /** If all are in an array that the choice has an element of, only those under that element can agree. */
  #candidates(choice: Choice): readonly (Cell | undefined)[] {
    const { under, counts } = (this.#index ??= indexOf(this.#all));
    for (let index = choice.length - 1; index >= 0; index--) {
      const cell = choice[index];
      if (cell && counts.get(cell.array) === this.#all.length) return under.get(cell) ?? [];
    }
    return this.#all;
  }
}

interface ElementIndex {
  readonly under: ReadonlyMap<Cell, readonly Cell[]>;
  /** How many of the elements are in an array. */
  readonly counts: ReadonlyMap<readonly unknown[], number>;
}

function indexOf(cells: readonly (Cell | undefined)[]): ElementIndex {
  const under = new Map<Cell, Cell[]>();
  const counts = new Map<readonly unknown[], number>();
  for (const cell of cells) {
    for (let around = cell; cell && around; around = around.parent) {
      const before = under.get(around);
      if (before) before.push(cell);
      else under.set(around, [cell]);
      counts.set(around.array, (counts.get(around.array) ?? 0) + 1);
    }
  }
  return { under, counts };
}

function agrees(choice: Choice, cell: Cell | undefined): boolean {
  for (let around = cell; around; around = around.parent) {
    for (const decided of choice) {
      if (decided.array === around.array && decided !== around) return false;
    }
  }
  return true;
}
