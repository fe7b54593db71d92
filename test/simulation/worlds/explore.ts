import type { ArrivingCall } from "../world.js";
import { type Choice, type Choose, areDependent } from "./choosing-world.js";

/** One place where several calls could have come next. */
interface Node {
  readonly calls: ReadonlyMap<string, ArrivingCall>;
  /** Those whose order to what was chosen here was seen in another branch. */
  readonly sleeping: ReadonlySet<string>;
  readonly tried: Set<string>;
  chosen: string;
}

export interface Explored {
  readonly runs: number;
  /** Runs that were cut short, since an order of independent calls had been seen before. */
  readonly pruned: number;
  readonly deepest: number;
  /** Whether every interleaving was seen, down to the depth. */
  readonly isComplete: boolean;
  readonly violation: string | undefined;
}

/**
 * Every order in which calls can arrive, down to `depth` choices; beyond it, the first. Depth first, by running anew
 * with other choices; of orders that differ in independent calls only, one is enough (sleep sets: P. Godefroid, 1996).
 */
export async function explore(
  run: (choose: Choose) => Promise<{ readonly isPruned: boolean; readonly violation: string | undefined }>,
  { depth, runsAtMost }: { readonly depth: number; readonly runsAtMost: number },
): Promise<Explored> {
  const path: Node[] = [];
  let runs = 0;
  let pruned = 0;
  let deepest = 0;
  for (;;) {
    let step = 0;
    const choose: Choose = (choices) => {
      if (step >= depth) return choices[0];
      const node = path[step] ?? newNode(path, choices);
      if (!node) return undefined;
      if (step === path.length) path.push(node);
      step++;
      return choices.find(({ id }) => id === node.chosen);
    };
    const { isPruned, violation } = await run(choose);
    runs++;
    if (isPruned) pruned++;
    deepest = Math.max(deepest, path.length);
    const result = { runs, pruned, deepest, violation };
    if (violation !== undefined) return { ...result, isComplete: false };
    if (!backtrack(path)) return { ...result, isComplete: true };
    if (runs >= runsAtMost) return { ...result, isComplete: false };
  }
}

function newNode(path: readonly Node[], choices: readonly Choice[]): Node | undefined {
  const parent = path.at(-1);
  const sleeping = new Set<string>();
  if (parent) {
    const chosen = parent.calls.get(parent.chosen) as ArrivingCall;
    for (const id of [...parent.sleeping, ...parent.tried]) {
      const call = parent.calls.get(id);
      if (call && id !== parent.chosen && !areDependent(call, chosen)) sleeping.add(id);
    }
  }
  const first = choices.find(({ id }) => !sleeping.has(id));
  if (!first) return undefined;
  const calls = new Map(choices.map(({ id, call }) => [id, call]));
  return { calls, sleeping, tried: new Set(), chosen: first.id };
}

/** To the last place with something untried; false where there is none. */
function backtrack(path: Node[]): boolean {
  for (let node = path.at(-1); node; node = path.at(-1)) {
    node.tried.add(node.chosen);
    const { calls, tried, sleeping } = node;
    const next = [...calls.keys()].find((id) => !tried.has(id) && !sleeping.has(id));
    if (next !== undefined) {
      node.chosen = next;
      return true;
    }
    path.pop();
  }
  return false;
}
