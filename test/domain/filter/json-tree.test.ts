import fc from "fast-check";
import { InexactNumber, type JsonNode, jsonTree } from "../../../lib/domain/filter/json-tree.js";

function valueOf(node: JsonNode | undefined): unknown {
  if (node?.kind === "array") return node.items.map(valueOf);
  if (node?.kind === "object")
    return Object.fromEntries(node.members.map(([name, one]) => [name, valueOf(one)]));
  return node?.leaf;
}

it("reads every JSON text as JSON.parse does", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom("", "  ", "\n\t"), (text, space) => {
      const spaced = `${space}${JSON.stringify(JSON.parse(text), null, space)}${space}`;
      expect(valueOf(jsonTree(spaced))).toEqual(JSON.parse(text));
    }),
  );
});

it("keeps equal names, and digits that a double cannot hold", () => {
  const text = '{"a":1,"a":[12345678901234567890],"\\u0061":"\\\\\\""}';
  expect(jsonTree(text)).toEqual({
    kind: "object",
    members: [
      ["a", { kind: "leaf", leaf: 1 }],
      ["a", { kind: "array", items: [{ kind: "leaf", leaf: new InexactNumber("12345678901234567890") }] }],
      ["a", { kind: "leaf", leaf: '\\"' }],
    ],
  });
});

it.each(["[", '{"a":'])(
  "GIVEN %s a million times WHEN it is read THEN it is too deep, not a crash",
  (open) => {
    expect(jsonTree(open.repeat(1_000_000))).toBeUndefined();
    const close = open === "[" ? "]" : "}";
    const whole = (levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;
    expect(jsonTree(whole(256))).toBeDefined();
    expect(jsonTree(whole(257))).toBeUndefined();
  },
);
