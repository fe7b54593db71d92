import { compileFilter } from "../../../lib/domain/filter/filter.js";
import { encodeHeader } from "../../../lib/domain/slot-header.js";
import { Sieve } from "../../../lib/operations/log/sieve.js";
import { aSlot } from "../../contract/builders.js";
import { aDeployment, aText } from "../a-deployment.js";

const slotOf = (...tags: readonly string[]) => {
  const header = encodeHeader(
    tags.map((tag) => aText("", { tag })),
    Infinity,
  );
  return aSlot({ base: 10, count: tags.length, header });
};
const sieve = (filter?: string) =>
  new Sieve(aDeployment().process(), filter === undefined ? undefined : compileFilter(filter));

it("lets everything through without a filter", () => {
  const fine = sieve();
  expect(fine.isFine).toBe(true);
  expect([
    fine.mayHold(slotOf("b")),
    fine.needsBytes(slotOf("b")),
    fine.mayHoldFrom(slotOf("b", "c"), 11),
  ]).toEqual([true, false, 1]);
  expect([fine.takes(aText("")), fine.mayTake({})]).toEqual([true, true]);
});

it("tells by a header which slots need not be opened", () => {
  const tags = sieve('{"tag":["a"]}');
  expect([tags.mayHold(slotOf("b", "c")), tags.mayHold(slotOf("b", "a"))]).toEqual([false, true]);
  expect([tags.mayHoldFrom(slotOf("a", "b", "a"), 11), tags.needsBytes(slotOf("a"))]).toEqual([1, false]);
  expect([tags.takes(aText("", { tag: "a" })), tags.takes(aText("")), tags.mayTake({ tag: "b" })]).toEqual([
    true,
    false,
    false,
  ]);
});

it("needs the bytes for a filter that looks at the body, and where there is no header", () => {
  expect(sieve('{"tag":["a"],"body.x":[1]}').needsBytes(slotOf("a"))).toBe(true);
  expect(sieve('{"tag":["a"]}').needsBytes({ ...slotOf("a"), header: { kind: "left-out" } })).toBe(true);
});
