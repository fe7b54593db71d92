import { matches } from "../../../lib/domain/filter/evaluate.js";
import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { aView } from "./a-view.js";
import { PUBLISHED, PUBLISHED_REFUSED } from "./event-ruler/published-examples.js";

/** A pattern of EventBridge is pasted under `body`. */
const pasted = (pattern: object) => compileFilter(JSON.stringify({ body: pattern }));

it.each(PUBLISHED.map((example) => [example.name, example] as const))(
  "GIVEN EventBridge's example %s WHEN it is pasted under body THEN it does what the page says",
  (_, { pattern, matching, others }) => {
    const filter = pasted(pattern);
    expect(matching.map((body) => matches(filter, aView({ body })))).toEqual(matching.map(() => true));
    expect(others.map((body) => matches(filter, aView({ body })))).toEqual(others.map(() => false));
  },
);

it.each(PUBLISHED_REFUSED.map((pattern) => [JSON.stringify(pattern), pattern] as const))(
  "GIVEN %s, which EventBridge refuses WHEN it is pasted under body THEN it is refused",
  (_, pattern) => {
    expect(() => pasted(pattern)).toThrow(expect.objectContaining({ code: "invalid-request" }));
  },
);
