/** `T` with its undefined fields left out: the domain tells a field that is missing from one that is undefined. */
export type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> } extends infer R
  ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
      [K in keyof T as undefined extends T[K] ? K : never]?: K extends keyof R ? R[K] : never;
    }
  : never;

/** Leaves out the fields that are undefined. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
