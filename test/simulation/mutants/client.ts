import type { Mutant } from "./mutant.js";

const LEASES = "lib/client/consumer/lease-keeper.ts";
const RUN = "lib/client/consumer/run.ts";
const CONSUMER = "lib/client/consumer/consumer.ts";
const STOCK = "lib/client/consumer/stock.ts";

/** Bugs of a worker on the user's side. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    name: "client-lost-lease-not-told",
    file: LEASES,
    find: "this.hooks.lost(held);",
    replace: "",
    found: ["fence"],
    plan: "client: two workers, cut off while their handlers last",
  },
  {
    name: "client-acknowledges-after-its-signal",
    file: RUN,
    find: "signal.aborted ? this.#aborted() : this.#returned()",
    replace: "this.#returned()",
    found: ["undone"],
  },
  {
    name: "client-begins-behind-what-failed",
    file: CONSUMER,
    find: 'if (word?.outcome !== "ack" && word?.outcome !== "reject") undone.add(held.chain);',
    replace: "",
    found: ["overtaking", "order"],
  },
  {
    name: "client-key-in-two-handlers",
    file: STOCK,
    find: "if (taken.length < limit && !this.#busy.has(held.chain)) taken.push(held);",
    replace: "if (taken.length < limit) taken.push(held);",
    found: ["fence", "overtaking"],
  },
  {
    name: "client-batch-acknowledges-behind-what-failed",
    file: RUN,
    find: "if (undone.has(chain)) return",
    replace: "if (undone.has(`${chain} no`)) return",
    found: ["order", "overtaking"],
  },
];
