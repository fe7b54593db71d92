import type { Mutant } from "./mutant.js";

const CONSUMER = "lib/client/consumer/consumer.ts";

/** Bugs of who is charged where a worker that takes one message as another ends is ended by one of them. */
export const POISON_MUTANTS: readonly Mutant[] = [
  {
    name: "first-in-hand-charged-beside-what-came-later",
    file: "lib/domain/progress/blame.ts",
    find: "if (together === undefined) return { beside };",
    replace: "if (together === undefined && beside > 0) return { beside };",
    found: ["neighbour"],
  },
  {
    name: "lease-forgets-what-its-consumer-had-in-hand",
    file: "lib/operations/consume/take-from.ts",
    find: "takers: now.map(takerOf),",
    replace: "takers: now.map(({ consumer }) => takerOf({ consumer })),",
    found: ["neighbour"],
  },
  {
    name: "client-takes-others-beside-what-is-to-be-alone",
    file: "lib/client/consumer/apart.ts",
    find: "return this.#closedUntilMs !== undefined;",
    replace: "return false;",
    found: ["neighbour", "progress"],
  },
  {
    name: "client-waits-for-ever-behind-its-last-word",
    file: CONSUMER,
    find: "sent: () => this.#receiver.hasRoom(),",
    replace: "sent: () => undefined,",
    found: ["poison", "progress"],
  },
];
