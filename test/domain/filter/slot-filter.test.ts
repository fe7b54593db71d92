import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { mayMatchFrom, mayMatchIn } from "../../../lib/domain/filter/slot-filter.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { encodeHeader } from "../../../lib/domain/slot-header.js";
import { aSlot } from "../../contract/builders.js";

const aMessage = (fields: Partial<MessageContent>): MessageContent => ({
  body: '{"a":1}',
  contentType: "application/json",
  ...fields,
});
const slotOf = (messages: readonly Partial<MessageContent>[], limitBytes = Infinity) =>
  aSlot({ base: 100, count: messages.length, header: encodeHeader(messages.map(aMessage), limitBytes) });

const MESSAGES = [{ tag: "a" }, { tag: "b", key: "k" }, { attributes: { n: 5 } }, {}];
const may = (filter: string) => mayMatchIn(compileFilter(filter), slotOf(MESSAGES));

it.each<[string, readonly boolean[]]>([
  ['{"tag":["a"]}', [true, false, false, false]],
  ['{"tag":[{"exists":false}]}', [false, false, true, true]],
  ['{"attributes.n":[{"numeric":[">",4]}]}', [false, false, true, false]],
  ['{"$or":[{"tag":["a"]},{"key":["k"]}]}', [true, true, false, false]],
])(
  "GIVEN %s, which looks at no body WHEN a header is asked THEN it tells what matches",
  (filter, expected) => {
    expect(may(filter)).toEqual(expected);
  },
);

it.each<[string, readonly boolean[]]>([
  ['{"body.a":[7]}', [true, true, true, true]],
  ['{"tag":["a"],"body.a":[7]}', [true, false, false, false]],
  ['{"$or":[{"tag":["a"]},{"body.a":[7]}]}', [true, true, true, true]],
  ['{"key":["k"],"$or":[{"tag":["a"]},{"body.a":[7]}]}', [false, true, false, false]],
  ['{"$or":[{"tag":["a"],"body.a":[7]},{"tag":["b"],"body.b":[7]}]}', [true, true, false, false]],
])(
  "GIVEN %s, which looks at the body WHEN a header is asked THEN it tells what cannot match",
  (filter, expected) => {
    expect(may(filter)).toEqual(expected);
  },
);

it("GIVEN a header that was left out WHEN it is asked THEN everything may match", () => {
  const slot = slotOf(MESSAGES, 10);
  const filter = compileFilter('{"tag":["none"]}');
  expect(mayMatchIn(filter, slot)).toBe("open-it");
  expect([mayMatchFrom(filter, slot, 0), mayMatchFrom(filter, slot, 103)]).toEqual([4, 1]);
});

it("counts what may match from an offset on", () => {
  const filter = compileFilter('{"tag":["a","b"]}');
  expect([0, 101, 102].map((from) => mayMatchFrom(filter, slotOf(MESSAGES), from))).toEqual([2, 1, 0]);
});
