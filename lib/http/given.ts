/** `T` without its undefined fields: the domain tells a missing field from an undefined one. */
export type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> } extends infer R
  ? { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
      [K in keyof T as undefined extends T[K] ? K : never]?: K extends keyof R ? R[K] : never;
    }
  : never;

/** Leaves out undefined fields. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
