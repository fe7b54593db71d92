import type { InvalidRequest } from "../../../lib/domain/errors.js";
import { matches } from "../../../lib/domain/filter/evaluate.js";
import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { viewOf } from "../../../lib/domain/filter/view.js";
import { type EventRuler, eventRulerNeeds, prepareEventRuler } from "../../../local/event-ruler.js";
import { aView } from "./a-view.js";
import { type Pair, generatedPairs } from "./event-ruler/generated.js";
import { withOneEntryEach } from "./event-ruler/one-entry-each.js";
import { PUBLISHED, PUBLISHED_REFUSED } from "./event-ruler/published-examples.js";

jest.setTimeout(300_000);

/** `SEED=n npm test -- processes` compares others. */
const SEED = Number(process.env.SEED ?? 1);
const PAIRS = 10_000;

/** What we refuse and event-ruler takes, and why. */
const STRICTER: readonly (readonly [told: RegExp, reason: string])[] = [
  [/is named twice/, "event-ruler drops all but the last of equal paths without a word"],
];

/** Where event-ruler answers otherwise than EventBridge's rules say, and why. */
const CONFUSED: readonly (readonly [filter: RegExp, reason: string])[] = [
  [
    /"cidr":"(::|0\.0\.0\.0)\/0"/,
    "event-ruler compares hexadecimal digits, so ::/0 has IPv4 and numbers in it",
  ],
];

let ruler: EventRuler | undefined;
beforeAll(async () => {
  const needs = await eventRulerNeeds();
  if (needs === undefined) ruler = await prepareEventRuler();
  else console.warn(`SKIPPED: ${needs}`);
});

function verdict({ filter, message }: Pick<Pair, "filter" | "message">): string {
  try {
    return matches(compileFilter(filter), viewOf(message)) ? "yes" : "no";
  } catch (error) {
    return `refused: ${(error as InvalidRequest).message}`;
  }
}

const kindOf = (answer: string | undefined): string => answer?.split(":")[0] ?? "no answer";

it("GIVEN every published example WHEN AWS's own implementation is asked THEN it says the same", async () => {
  if (!ruler) return;
  const asked = PUBLISHED.flatMap(({ pattern, matching, others }) =>
    [...matching, ...others].map((event) => ({ pattern, event })),
  );
  const texts = asked.map(({ pattern, event }) => ({
    pattern: JSON.stringify(pattern),
    event: JSON.stringify(event),
  }));
  const refused = PUBLISHED_REFUSED.map((pattern) => ({ pattern: JSON.stringify(pattern), event: "{}" }));
  const verdicts = await ruler([...texts, ...refused]);
  const ours = asked.map(({ pattern, event }) =>
    matches(compileFilter(JSON.stringify({ body: pattern })), aView({ body: event })) ? "yes" : "no",
  );
  expect(verdicts.map(kindOf)).toEqual([...ours, ...refused.map(() => "refused")]);
});

it("GIVEN 10,000 generated pairs WHEN AWS's implementation is asked THEN each difference has a reason", async () => {
  if (!ruler) return;
  const pairs = [...generatedPairs(SEED, PAIRS)];
  const verdicts = await ruler(pairs.map(({ filter, event }) => ({ pattern: filter, event })));
  const compared = pairs.map((pair, index) => ({ ...pair, ours: verdict(pair), theirs: verdicts[index] }));
  // The pairs say something only if many match and some are refused.
  const count = (kind: string) => compared.filter(({ theirs }) => kindOf(theirs) === kind).length;
  expect(count("yes")).toBeGreaterThan(PAIRS / 20);
  expect(count("no")).toBeGreaterThan(PAIRS / 4);
  expect(count("refused")).toBeGreaterThan(PAIRS / 50);
  const different = compared.filter(({ ours, theirs }) => kindOf(ours) !== kindOf(theirs));
  const unexplained = different.filter(({ filter, ours, theirs }) => {
    if (kindOf(ours) === "refused") return !STRICTER.some(([told]) => told.test(ours));
    return kindOf(theirs) === "refused" || !CONFUSED.some(([pattern]) => pattern.test(filter));
  });
  expect(await withoutConfusedLists(ruler, unexplained)).toEqual([]);
});

interface Different {
  readonly filter: string;
  readonly event: string;
  readonly ours: string;
  readonly theirs: string | undefined;
}

/** Drops those where event-ruler contradicts itself: asked for one entry of each list at a time, it says as we do. */
async function withoutConfusedLists<T extends Different>(
  ask: EventRuler,
  different: readonly T[],
): Promise<readonly T[]> {
  const isComparable = ({ ours, theirs }: T) => kindOf(ours) !== "refused" && kindOf(theirs) !== "refused";
  const asked = different
    .filter(isComparable)
    .flatMap((one) =>
      withOneEntryEach(one.filter).map((pattern) => ({ one, pair: { pattern, event: one.event } })),
    );
  if (asked.length === 0) return different;
  const verdicts = await ask(asked.map(({ pair }) => pair));
  const saysYes = (one: T) => asked.some((each, index) => each.one === one && verdicts[index] === "yes");
  return different.filter((one) => !isComparable(one) || (saysYes(one) ? "yes" : "no") !== one.ours);
}
