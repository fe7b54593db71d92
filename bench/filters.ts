import { matches } from "../lib/domain/filter/evaluate.js";
import { compileFilter } from "../lib/domain/filter/filter.js";
import { type MessageView, viewOf } from "../lib/domain/filter/view.js";
import { type Row, showGoals } from "./goals.js";
import { median, whole } from "./measure.js";

const ROUNDS = 15;
const ROUND_MS = 100;

/** An order of about 1 KB. */
const BODY = {
  orderId: "7f9c24e5-2f5a-4f0e-9a53-6d7c1d1d2b11",
  customer: {
    id: "c-4711",
    region: "eu-central-1",
    email: "somebody@example.com",
    since: "2019-04-01T12:00:00Z",
  },
  total: 129.9,
  currency: "EUR",
  items: Array.from({ length: 6 }, (_, index) => ({
    sku: `sku-${index}`,
    name: "A thing that somebody may want to have",
    count: index + 1,
    price: 9.99 * (index + 1),
    tags: ["new", "eu"],
  })),
};
const MESSAGE = {
  key: "c-4711",
  tag: "created",
  attributes: { region: "eu-central-1", amount: 129.9 },
  body: JSON.stringify(BODY),
  contentType: "application/json",
};

const HEADER_FILTER = { tag: ["created", "changed"], "attributes.region": [{ prefix: "eu-" }] };
const BODY_FILTER = {
  ...HEADER_FILTER,
  body: { total: [{ numeric: [">", 100] }], "customer.id": [{ wildcard: "c-*" }] },
};
const ARRAY_FILTER = { body: { items: { sku: ["sku-5"], count: [6], tags: ["eu"] } } };

/** Evaluations a second, the median of rounds. `view`: made anew for each, or the same for all. */
function paceOf(filter: object, view: () => MessageView): number {
  const compiled = compileFilter(JSON.stringify(filter));
  const round = (): number => {
    const startedMs = performance.now();
    let count = 0;
    let matched = 0;
    for (; performance.now() - startedMs < ROUND_MS; count += 100) {
      for (let index = 0; index < 100; index++) if (matches(compiled, view())) matched++;
    }
    if (matched !== count) throw new Error("the filter must match");
    return (count * 1_000) / (performance.now() - startedMs);
  };
  round();
  return median(Array.from({ length: ROUNDS }, round));
}

/** What parsing the body takes alone: no filter on a body can be faster. */
function parsesASecond(): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startedMs = performance.now();
    let count = 0;
    for (; performance.now() - startedMs < ROUND_MS; count++) JSON.parse(MESSAGE.body);
    return (count * 1_000) / (performance.now() - startedMs);
  });
  return median(rounds);
}

export async function runFilters(): Promise<boolean> {
  const parses = parsesASecond();
  const opened = viewOf(MESSAGE);
  opened.body();
  const row = (what: string, pace: number, atLeast: number): Row => ({
    what,
    measured: `${whole(pace)} a second`,
    goal: `${whole(atLeast)} a second`,
    holds: pace >= atLeast,
  });
  return showGoals(
    [
      row(
        "tag and attribute, by the header",
        paceOf(HEADER_FILTER, () => viewOf(MESSAGE)),
        parses * 2,
      ),
      row(
        "and two paths of the body, with parsing it",
        paceOf(BODY_FILTER, () => viewOf(MESSAGE)),
        parses / 3,
      ),
      row(
        "the same, of a body that another filter has parsed",
        paceOf(BODY_FILTER, () => opened),
        parses * 2,
      ),
      row(
        "three paths into one array of six, parsed",
        paceOf(ARRAY_FILTER, () => opened),
        parses / 5,
      ),
    ],
    [
      `one message of ${MESSAGE.body.length} bytes, one processor; the median of ${ROUNDS} rounds`,
      `the goals are multiples of what parsing the body takes in the same run: ${whole(parses)} a second`,
    ],
  );
}
