import { type Shrink, WHOLE } from "./plan.js";
import { simulate } from "./simulate.js";

/** What a run is made of at the most; fewer are tried, from one on. */
const SIZES = ["producers", "subscriptions", "publishes"] as const;
const SIZE_AT_MOST = 12;

const checkerOf = (violations: readonly string[]): string | undefined => violations[0]?.split(":", 1)[0];

/** The smallest run of a seed that fails by the same checker: fewer faults first, then actors and messages. */
export async function smallest(seed: number, from: Shrink = WHOLE): Promise<Shrink> {
  const { plan, violations } = await simulate(seed, { shrink: from });
  const checker = checkerOf(violations);
  if (checker === undefined) return from;
  const fails = async (shrink: Shrink): Promise<boolean> =>
    checkerOf((await simulate(seed, { shrink })).violations) === checker;
  let best = from;
  const faults = Object.entries(plan.rates).flatMap(([name, rate]) => (rate > 0 ? [name] : []));
  for (const name of [...faults, "clocksApart", "changes"]) {
    const without = { ...best, without: [...best.without, name] };
    if (await fails(without)) best = without;
  }
  for (const what of SIZES) {
    for (let count = 1; count <= Math.min(SIZE_AT_MOST, best[what] - 1); count++) {
      const fewer = { ...best, [what]: count };
      if (!(await fails(fewer))) continue;
      best = fewer;
      break;
    }
  }
  return best;
}
