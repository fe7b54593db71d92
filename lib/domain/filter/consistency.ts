import { type Cell, type Leaves, isWanted } from "./leaves.js";
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
 * Whether all fields hold at once, with leaves from the same element wherever they share an array. Fields go in the
 * order of their paths, as in EventBridge: a field may be absent if no element that the fields before it leave
 * possible has it.
 */
export function isConsistent(fields: readonly FieldFilter[], leaves: Leaves, pairs: Budget): boolean {
  const sorted = [...fields].sort((one, other) => (one.path < other.path ? -1 : 1));
  const found = sorted.map((field) => leaves.at(field));
  const neededLater = arraysOfLater(found.map((ones) => ones.map(({ cell }) => cell)));
  let choices: readonly Choice[] = [[]];
  for (const [index, field] of sorted.entries()) {
    const all = found[index] ?? [];
    const here = new Elements(all.map(({ cell }) => cell));
    const wanted = new Elements(all.filter((one) => isWanted(field, one)).map(({ cell }) => cell));
    const next = new Map<string, Choice>();
    const keep = (choice: Choice): void => {
      const needed = choice.filter(({ array }) => neededLater[index]?.has(array));
      next.set(needed.map(({ id }) => id).join(), needed);
    };
    for (const choice of choices) {
      if (field.allowsAbsent && here.agreeingWith(choice, pairs).next().done) keep(choice);
      for (const cell of wanted.agreeingWith(choice, pairs)) keep(withCell(choice, cell));
      if (pairs.left < 0) return true;
    }
    if (next.size === 0) return false;
    choices = [...next.values()];
  }
  return true;
}

/** For each field, the arrays that fields after it have leaves in. A choice in other arrays can be forgotten. */
function arraysOfLater(cells: readonly (readonly (Cell | undefined)[])[]): readonly ReadonlySet<unknown>[] {
  const later: ReadonlySet<unknown>[] = [];
  const arrays = new Set<unknown>();
  for (const ones of [...cells].reverse()) {
    later.unshift(new Set(arrays));
    for (const cell of ones) for (const one of upwards(cell)) arrays.add(one.array);
  }
  return later;
}

/** A cell and those that it is in, from the innermost. */
function* upwards(cell: Cell | undefined): Generator<Cell> {
  for (let one = cell; one; one = one.parent) yield one;
}

/** All cells of a choice, those around them too: a field may share an outer array only. */
function withCell(choice: Choice, cell: Cell | undefined): Choice {
  const all = new Map(choice.map((one) => [one.id, one]));
  for (const one of upwards(cell)) all.set(one.id, one);
  return [...all.values()].sort((one, other) => one.id - other.id);
}

/** The distinct elements that hold a field's leaves; undefined for leaves in no array. */
class Elements {
  readonly #all: readonly (Cell | undefined)[];
  #under: ReadonlyMap<Cell, readonly Cell[]> | undefined;
  #arrays: ReadonlyMap<unknown, number> | undefined;

  constructor(cells: readonly (Cell | undefined)[]) {
    this.#all = [...new Set(cells)];
  }

  /** Those that are in no other element of an array than `choice` is. */
  *agreeingWith(choice: Choice, pairs: Budget): Generator<Cell | undefined> {
    for (const cell of this.#candidates(choice)) {
      if (pairs.left-- < 0) return;
      if (agrees(choice, cell)) yield cell;
    }
  }

  /** If all are in an array that the choice has an element of, only those under that element can agree. */
  #candidates(choice: Choice): readonly (Cell | undefined)[] {
    if (choice.length === 0) return this.#all;
    this.#index();
    const decided = choice.filter(({ array }) => this.#arrays?.get(array) === this.#all.length).at(-1);
    return decided ? (this.#under?.get(decided) ?? []) : this.#all;
  }

  #index(): void {
    if (this.#under) return;
    const under = new Map<Cell, Cell[]>();
    const arrays = new Map<unknown, number>();
    for (const cell of this.#all) {
      for (const around of upwards(cell)) {
        const cells = under.get(around);
        if (cells) cells.push(cell as Cell);
        else under.set(around, [cell as Cell]);
        arrays.set(around.array, (arrays.get(around.array) ?? 0) + 1);
      }
    }
    this.#under = under;
    this.#arrays = arrays;
  }
}

function agrees(choice: Choice, cell: Cell | undefined): boolean {
  for (const around of upwards(cell)) {
    const decided = choice.find(({ array }) => array === around.array);
    if (decided && decided !== around) return false;
  }
  return true;
}
