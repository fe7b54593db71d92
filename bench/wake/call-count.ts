import { AsyncLocalStorage } from "node:async_hooks";
import type { DocumentClient } from "../../lib/adapters/dynamodb/client.js";
import type { Starter } from "../../lib/domain/ports/starter.js";
import type { Subscriber } from "../../lib/domain/ports/subscriber.js";

/** The functions that a message goes through. */
export type Function = "publisher" | "dispatcher" | "pump";

/** Counts the calls of AWS that each function makes. */
export interface CallCount {
  /** Runs it as that function. */
  as<T>(name: Function, work: () => Promise<T>): Promise<T>;
  readonly starts: (starter: Starter) => Starter;
  readonly deliveries: (subscriber: Subscriber) => Subscriber;
  /** Returns the calls by function and kind, and starts anew. */
  take(): ReadonlyMap<Function, ReadonlyMap<string, number>>;
}

export function callCount({ sdk }: DocumentClient): CallCount {
  const running = new AsyncLocalStorage<Function>();
  let counted = new Map<Function, Map<string, number>>();
  const add = (kind: string): void => {
    const name = running.getStore();
    if (name === undefined) return;
    const calls = counted.get(name) ?? new Map<string, number>();
    counted.set(name, calls.set(kind, (calls.get(kind) ?? 0) + 1));
  };
  sdk.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        add(String(commandName).replace(/Command$/, ""));
        return await next(args);
      },
    { step: "initialize", name: "call-count" },
  );
  return {
    as: (name, work) => running.run(name, work),
    starts: (starter) => ({
      startPump: async (start) => {
        add("Invoke");
        await starter.startPump(start);
      },
      startClock: async (owner) => {
        add("Invoke");
        await starter.startClock(owner);
      },
    }),
    deliveries: (subscriber) => ({
      limitBytes: (target) => subscriber.limitBytes(target),
      sizeBytes: (reader, message) => subscriber.sizeBytes(reader, message),
      deliver: async (reader, messages) => {
        add("Invoke");
        return await subscriber.deliver(reader, messages);
      },
    }),
    take: () => {
      const taken = counted;
      counted = new Map();
      return taken;
    },
  };
}

const FUNCTIONS: readonly Function[] = ["publisher", "dispatcher", "pump"];

export const totalOf = (calls: ReturnType<CallCount["take"]>): number =>
  [...calls.values()].flatMap((kinds) => [...kinds.values()]).reduce((sum, count) => sum + count, 0);

/** For people, as in "publisher 1 (Put 1), pump 8 (Query 3, Update 2, ...)". */
export const inWords = (calls: ReturnType<CallCount["take"]>): string =>
  FUNCTIONS.map((name) => {
    const kinds = [...(calls.get(name) ?? [])].sort(([, a], [, b]) => b - a);
    const sum = kinds.reduce((total, [, count]) => total + count, 0);
    return `${name} ${sum} (${kinds.map(([kind, count]) => `${kind} ${count}`).join(", ")})`;
  }).join("\n");
