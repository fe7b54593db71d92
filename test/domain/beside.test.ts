import { BESIDE_LIMIT, type Beside, assertBeside } from "../../lib/domain/beside.js";

const claims = (count: number): Beside[] =>
  Array.from({ length: count }, (_, at) => ({ kind: "claim", name: `r${at}`, value: "" }));

it("takes as many records as one transaction has room for, and no more", () => {
  expect(() => assertBeside([])).not.toThrow();
  expect(() => assertBeside(claims(BESIDE_LIMIT))).not.toThrow();
  expect(() => assertBeside(claims(BESIDE_LIMIT + 1))).toThrow("one transaction");
});

it("takes no record twice", () => {
  expect(() => assertBeside([...claims(2), { kind: "remove", name: "r1", version: 1 }])).toThrow("once");
});

it("takes each item that waits once, and tells them apart by all of their key", () => {
  const take = (from: "delayed" | "outbox", group: string, place: string): Beside => ({
    ...{ kind: "take", from, group, place },
  });
  const all = [take("delayed", "a", "1"), take("delayed", "a", "2"), take("delayed", "b", "1")];
  expect(() => assertBeside([...all, take("outbox", "a", "1")])).not.toThrow();
  expect(() => assertBeside([...all, take("delayed", "b", "1")])).toThrow("once");
});
