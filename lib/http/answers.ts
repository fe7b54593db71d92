import { SluiceError } from "../domain/errors.js";
import { placedUnder } from "./problem.js";
import type { Page } from "../domain/page.js";

/** RFC 3339 in UTC with milliseconds. */
export const timeText = (timeMs: number): string => new Date(timeMs).toISOString();

/** A type whose optional fields are left out where they are undefined, as the domain wants them. */
export type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> } extends infer R
  ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
      [K in keyof T as undefined extends T[K] ? K : never]?: K extends keyof R ? R[K] : never;
    }
  : never;

/** The fields that are there. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;

/** A page of the domain as one of the wire. @throws {InvalidRequest} that names the query for a cursor that is none. */
export async function answerPage<T, A>(page: Promise<Page<T>>, answer: (item: T) => A) {
  const { items, nextCursor } = await page.catch((error: unknown) => {
    throw error instanceof SluiceError ? placedUnder("query", error) : error;
  });
  return { items: items.map(answer), ...given({ nextCursor }) };
}
