import type { ArrivingCall } from "../world.js";
import { type Choice, type Choose, areDependent } from "./choosing-world.js";

type Calls = ReadonlyMap<string, ArrivingCall>;

/** One place where several calls could have come next. */
interface Node {
  readonly calls: Calls;
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
    let asleep: Calls = new Map();
    const choose: Choose = (choices) => {
      const [only] = choices;
      if (choices.length === 1 && only) {
        if (asleep.has(only.id)) return undefined;
        asleep = awakenedBy(only.call, asleep);
        return only;
      }
      if (step >= depth) return only;
      const node = path[step] ?? newNode(asleep, choices);
      if (!node) return undefined;
      if (step === path.length) path.push(node);
      step++;
      const chosen = choices.find(({ id }) => id === node.chosen);
      const seen = [...node.tried].map((id) => [id, node.calls.get(id) as ArrivingCall] as const);
      if (chosen) asleep = awakenedBy(chosen.call, new Map([...asleep, ...seen]));
      return chosen;
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

/** Those that stay asleep once `call` has arrived: its order to them makes no difference. */
const awakenedBy = (call: ArrivingCall, asleep: Calls): Calls =>
  new Map([...asleep].filter(([, other]) => !areDependent(other, call)));

function newNode(asleep: Calls, choices: readonly Choice[]): Node | undefined {
  const first = choices.find(({ id }) => !asleep.has(id));
  if (!first) return undefined;
  const calls = new Map(choices.map(({ id, call }) => [id, call]));
  return { calls, sleeping: new Set(asleep.keys()), tried: new Set(), chosen: first.id };
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
