import fc from "fast-check";
import { dedupClaim, dedupIdsOf, firstIn, firstsOf } from "../../lib/domain/dedup.js";
import type { Stored } from "../../lib/domain/publish-result.js";

const topic = { name: "orders", uid: "u1", dedupWindowSeconds: 60 };
const first: Stored = { kind: "published", id: "orders.u1.0.7", publishedAtMs: 5 };

const stored: fc.Arbitrary<Stored> = fc.oneof(
  fc.record({ kind: fc.constant("published" as const), id: fc.string(), publishedAtMs: fc.nat() }),
  fc.record({ kind: fc.constant("scheduled" as const), id: fc.string(), deliverAtMs: fc.nat() }),
);

it("tells of the first message as it was answered", () => {
  fc.assert(fc.property(stored, (one) => expect(firstIn(dedupClaim(topic, "x", one, 0).value)).toEqual(one)));
});

it.each(["", "{", "null", "7", "{}", '{"id":1,"at":2}', '{"id":"a"}', '{"id":"a","at":"b"}', undefined])(
  "makes nothing of what is damaged: %j",
  (value) => expect(firstIn(value)).toBeUndefined(),
);

it("holds an id for the topic's window, by the time given", () => {
  expect(dedupClaim(topic, "x", first, 1_000).expiresAtMs).toBe(61_000);
});

it("keeps ids, topics and lives of a topic apart, in names of one length and alphabet", () => {
  const name = (dedupId: string, of = topic): string => dedupClaim(of, dedupId, first, 0).name;
  const names = [
    name("a"),
    name("b"),
    name("a", { ...topic, uid: "u2" }),
    name("a", { ...topic, name: "carts" }),
  ];
  expect(new Set(names).size).toBe(4);
  expect(name("a")).toBe(name("a"));
  for (const id of ["a", "ü#/ ".repeat(32), "\u0000"])
    expect(name(id)).toMatch(/^dedup#orders#u1#[\w-]{32}$/);
});

it("looks at no id where the window is 0", () => {
  expect(dedupIdsOf(topic, { dedupId: "x" })).toEqual(["x"]);
  expect(dedupIdsOf(topic, {})).toEqual([]);
  expect(dedupIdsOf({ dedupWindowSeconds: 0 }, { dedupId: "x" })).toEqual([]);
});

it("knows an upload again under any dedupId, and where the window is 0", () => {
  const [, upload] = dedupIdsOf(topic, { dedupId: "x", uploadId: "u" });
  expect(dedupIdsOf(topic, { dedupId: "y", uploadId: "u" })).toEqual(["y", upload]);
  expect(dedupIdsOf({ dedupWindowSeconds: 0 }, { dedupId: "x", uploadId: "u" })).toEqual([upload]);
});

it("takes a message for a repeat by either of its ids, and nothing for a repeat of what is not stored", () => {
  expect(firstsOf([["a"], [], ["b"], ["b", "u"], ["c", "u"], ["u"], ["a", "c"]])).toEqual([
    0, 1, 2, 2, 4, 4, 0,
  ]);
});
