import { InvalidRequest } from "../../domain/errors.js";
import { compileFilter } from "../../domain/filter/filter.js";

/** @throws {InvalidRequest} with every mistake, each with its place below `filter` */
export function checkFilter(filter: string): void {
  try {
    compileFilter(filter);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw error.below("filter");
  }
}
