import type { Page } from "../domain/ports/topic-store.js";

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

/** A page of the domain as a page of the wire. */
export function pageOf<T, A>({ items, nextCursor }: Page<T>, answer: (item: T) => A) {
  return { items: items.map(answer), ...(nextCursor === undefined ? {} : { nextCursor }) };
}
