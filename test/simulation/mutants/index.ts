import { CONSUME_MUTANTS } from "./consume.js";
import { LOG_MUTANTS } from "./log.js";
import { PUMP_MUTANTS } from "./pump.js";

/** A bug that is planted in one place of the source as it is bundled; the simulation has to find it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The checkers that may find it. */
  readonly found: readonly string[];
  /** Seeds within which one of them does, where that is not what it is for all. */
  readonly within?: number;
}

export const MUTANTS: readonly Mutant[] = [...LOG_MUTANTS, ...CONSUME_MUTANTS, ...PUMP_MUTANTS];
