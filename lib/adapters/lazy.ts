/**
 * A store that is loaded with its first call, since most functions never make one. All that it has are methods that
 * return promises.
 */
export function lazy<T extends object>(load: () => Promise<T>): T {
  let loaded: Promise<T> | undefined;
  return new Proxy({} as T, {
    get: (_, name) =>
      // An object with `then` would be taken for a promise, and awaited.
      name === "then"
        ? undefined
        : async (...args: unknown[]) => await call(await (loaded ??= load()), name, args),
  });
}

async function call(store: object, name: string | symbol, args: readonly unknown[]): Promise<unknown> {
  const method = Reflect.get(store, name) as (...given: readonly unknown[]) => unknown;
  return await Reflect.apply(method, store, args);
}
