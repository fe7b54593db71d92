import { SluiceError } from "../domain/errors.js";
import { placedUnder } from "./problem.js";
import type { Page } from "../domain/page.js";
import { given } from "./given.js";

/** RFC 3339 in UTC with milliseconds. */
export const timeText = (timeMs: number): string => new Date(timeMs).toISOString();

/** A page as it is answered. @throws {InvalidRequest} whose path names the query, for a cursor that is not valid. */
export async function answerPage<T, A>(page: Promise<Page<T>>, answer: (item: T) => A) {
  const { items, nextCursor } = await page.catch((error: unknown) => {
    throw error instanceof SluiceError ? placedUnder("query", error) : error;
  });
  return { items: items.map(answer), ...given({ nextCursor }) };
}
