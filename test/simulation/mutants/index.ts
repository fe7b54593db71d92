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
}

export const MUTANTS: readonly Mutant[] = [...LOG_MUTANTS, ...CONSUME_MUTANTS, ...PUMP_MUTANTS];
