import { UserError } from "../../../local/user-error.js";
import { bundle } from "../bundle.js";
import { MUTANTS } from "../mutants/index.js";
import { type Shrink, WHOLE } from "../plan.js";
import { lineText } from "../timeline.js";
import type { Shown } from "../worker.js";
import { work } from "./workers.js";

/** Of a run that failed among many, so much is shown: the rest comes with the line that repeats it. */
const SHOWN_LINES = 60;

export interface OneOptions {
  readonly seed: number;
  readonly mutant?: string;
  readonly plan?: string | undefined;
  readonly shrink?: boolean;
  readonly producers?: number;
  readonly publishes?: number;
  readonly subscriptions?: number;
  readonly without?: readonly string[];
}

/** The line that runs a seed again, made as small as it was. */
export function repeat(
  seed: number,
  {
    shrink = WHOLE,
    mutant,
    plan,
  }: { shrink?: Shrink; mutant?: string | undefined; plan?: string | undefined } = {},
): string {
  const sizes = (["producers", "publishes", "subscriptions"] as const).flatMap((name) =>
    shrink[name] < WHOLE[name] ? [`--${name} ${shrink[name]}`] : [],
  );
  const without = shrink.without.length > 0 ? [`--without ${shrink.without.join(",")}`] : [];
  const planted = mutant === undefined ? [] : [`--mutant ${mutant}`];
  const planned = plan === undefined ? [] : [`--plan "${plan}"`];
  return ["npm run simulate --", `--seed ${seed}`, ...planned, ...planted, ...sizes, ...without].join(" ");
}

/** One seed with its timeline; with `--shrink` as small as it gets while it fails. */
export async function runOne(options: OneOptions): Promise<number> {
  const { seed, mutant } = options;
  const planted = mutant === undefined ? undefined : MUTANTS.find(({ name }) => name === mutant);
  if (mutant !== undefined && !planted)
    throw new UserError(`there is no mutant ${mutant}: --mutants lists them`);
  const shown = await shownOf(await bundle(planted), options);
  print(shown, shown.timeline.length, repeat(seed, { ...options, shrink: shown.shrink }));
  return shown.violations.length;
}

/** The timeline's end of a seed that failed among many. */
export async function showShrunk(file: string, seed: number): Promise<void> {
  const shown = await shownOf(file, { seed, shrink: true });
  print(shown, SHOWN_LINES, repeat(seed, { shrink: shown.shrink }));
}

async function shownOf(file: string, options: OneOptions): Promise<Shown> {
  const { seed, plan, shrink = false, without = [] } = options;
  const { producers, publishes, subscriptions } = { ...WHOLE, ...options };
  let shown: Shown | undefined;
  await work(
    file,
    { kind: "one", seed, given: { producers, publishes, subscriptions, without }, shrinks: shrink, plan },
    (report) => {
      if (report.kind === "one") shown = report.shown;
    },
  );
  if (!shown) throw new Error(`seed ${seed} ended without a word`);
  return shown;
}

function print({ timeline, plan, violations }: Shown, lines: number, again: string): void {
  if (lines < timeline.length) console.log(`... ${timeline.length - lines} lines before`);
  for (const line of timeline.slice(-lines)) console.log(lineText(line));
  const rates = Object.fromEntries(Object.entries(plan.rates).filter(([, rate]) => rate > 0));
  console.log(JSON.stringify({ ...plan, rates }));
  console.log(violations.length === 0 ? "no violation" : violations.join("\n"));
  console.log(`repeat it: ${again}`);
}
