import { SluiceError } from "../domain/errors.js";
import { placedUnder } from "./problem.js";
import type { Page } from "../domain/page.js";
import { given } from "./given.js";

/** RFC 3339 in UTC with milliseconds. */
export const timeText = (timeMs: number): string => new Date(timeMs).toISOString();

/**
 * A page of a list, as the API returns it. @throws {InvalidRequest} for a cursor that is not valid; its path names the
 * query.
 */
export async function answerPage<T, A>(page: Promise<Page<T>>, answer: (item: T) => A) {
  const { items, nextCursor } = await page.catch((error: unknown) => {
    throw error instanceof SluiceError ? placedUnder("query", error) : error;
  });
  return { items: items.map(answer), ...given({ nextCursor }) };
}
