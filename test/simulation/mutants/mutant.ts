/** One place in the source, and what to put there. */
export interface Plant {
  readonly file: string;
  /** Stands once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A bug that is planted in the source as it is bundled; the simulation has to find it. */
export interface Mutant extends Plant {
  readonly name: string;
  /** Where one thing is made sure of in several places: all of them have to go. */
  readonly also?: Plant | readonly Plant[];
  /** The small world whose interleavings show it, where it takes more of a coincidence than seeds come by. */
  readonly world?: string;
  /** The small plan whose seeds show it, where seeds of any plan seldom come to its place. */
  readonly plan?: string | undefined;
  /** The checkers that may find it. */
  readonly found: readonly string[];
  /** Seeds within which one of them does, where that is not what it is for all. */
  readonly within?: number;
}

/** All the places that a bug is planted in. */
export const plantsOf = (mutant: Mutant): readonly Plant[] => [mutant, ...[mutant.also ?? []].flat()];
