import type { Leaf } from "./json-tree.js";
import type { FieldFilter } from "./pattern.js";
import { type MessageView, isObject } from "./view.js";

/** One element of an array in a body, itself perhaps inside others. */
export interface Cell {
  readonly array: readonly unknown[];
  readonly index: number;
  readonly parent: Cell | undefined;
  readonly depth: number;
  /** Different for each cell of one evaluation. */
  readonly id: number;
}

/** Deeper than any body that the API takes. Elements further down are passed over instead of recursing to them. */
const DEEPEST = 256;

/** A value that a path leads to. */
export interface Found {
  readonly leaf: Leaf;
  /** The innermost element that is an object or an array, and holds the leaf. A list's own values are not held. */
  readonly cell: Cell | undefined;
}

/** Finds the values at a path of one message. The cells of all its paths are the same objects. */
export class Leaves {
  /** Made when they are needed: most filters look at no array, and many at no body. */
  #cells: Map<readonly unknown[], Cell[]> | undefined;
  #known: Map<string, readonly Found[]> | undefined;
  #ids = 0;

  constructor(private readonly view: MessageView) {}

  at({ path, root, steps }: FieldFilter): readonly Found[] {
    if (root !== "body")
      return single(root === "attributes" ? attributeOf(this.view, steps[0]) : this.view[root]);
    const known = this.#known?.get(path);
    if (known) return known;
    const found: Found[] = [];
    this.#collect(this.view.body(), steps, 0, undefined, found);
    (this.#known ??= new Map()).set(path, found);
    return found;
  }

  /** Looks in arrays as if each element stood in their place, and takes names with a "." for nested ones too. */
  #collect(
    value: unknown,
    steps: readonly string[],
    from: number,
    cell: Cell | undefined,
    found: Found[],
  ): void {
    if (!isObject(value)) {
      if (value !== undefined && from === steps.length) found.push({ leaf: value as Leaf, cell });
    } else if (Array.isArray(value)) {
      if (cell && cell.depth >= DEEPEST) return;
      const items: readonly unknown[] = value;
      for (let index = 0; index < items.length; index++) {
        const item = items[index];
        const inside = isObject(item) ? this.#cell(items, index, cell) : cell;
        this.#collect(item, steps, from, inside, found);
      }
    } else {
      let name = "";
      for (let to = from; to < steps.length; to++) {
        name = to === from ? (steps[to] ?? "") : `${name}.${steps[to]}`;
        if (Object.hasOwn(value, name)) {
          this.#collect((value as Record<string, unknown>)[name], steps, to + 1, cell, found);
        }
      }
    }
  }

  #cell(array: readonly unknown[], index: number, parent: Cell | undefined): Cell {
    const all = (this.#cells ??= new Map<readonly unknown[], Cell[]>());
    let cells = all.get(array);
    if (!cells) all.set(array, (cells = []));
    return (cells[index] ??= { array, index, parent, depth: (parent?.depth ?? 0) + 1, id: this.#ids++ });
  }
}

const single = (leaf: Leaf | undefined): readonly Found[] =>
  leaf === undefined ? [] : [{ leaf, cell: undefined }];

const attributeOf = ({ attributes }: MessageView, name = "") =>
  Object.hasOwn(attributes, name) ? attributes[name] : undefined;

/** Whether a field has a leaf that is as it wants. */
export const isWanted = ({ matchers }: FieldFilter, { leaf }: Found): boolean =>
  matchers.some(({ matches }) => matches(leaf));
