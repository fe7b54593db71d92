import { STORE_NAMES } from "../lib/adapters/memory/ports.js";
import type { Ports } from "../lib/operations/engine.js";

/** The ports whose stores answer each call, named as in `log.append`, once `delay` is over. */
export function delayed(ports: Ports, delay: (call: string) => Promise<void>): Ports {
  const wrapped = <T extends object>(name: string, store: T): T =>
    new Proxy(store, {
      get: (target, method) => {
        const call: unknown = Reflect.get(target, method);
        if (typeof call !== "function") return call;
        return async (...args: unknown[]): Promise<unknown> => {
          await delay(`${name}.${String(method)}`);
          return await (call.apply(target, args) as Promise<unknown>);
        };
      },
    });
  const stores = STORE_NAMES.map((name) => [name, wrapped(name, ports[name])] as const);
  return { ...ports, ...Object.fromEntries(stores) };
}
