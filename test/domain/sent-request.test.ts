import fc from "fast-check";
import type { PublishResult } from "../../lib/domain/publish-result.js";
import { type RequestPart, SENT_FOR_MS, requestClaim, resultsIn } from "../../lib/domain/sent-request.js";

const topic = { name: "orders", uid: "u1" };
const aPart = (fields: Partial<RequestPart> = {}): RequestPart => ({
  ...{ key: "k", fingerprint: "f", indexes: [0, 1, 2], isHead: true },
  ...fields,
});
const place = { partition: 3, base: 100, publishedAtMs: 5 };
const at = (offset: number): PublishResult => ({
  kind: "published",
  id: `orders.u1.3.${offset}`,
  publishedAtMs: 5,
});
const none = new Map<number, PublishResult>();

it("tells each message of a part its place, whichever indexes it has", () => {
  const sets = fc.uniqueArray(fc.nat(999), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(sets, (all) => {
      const part = aPart({ indexes: [...all].sort((one, other) => one - other) });
      const { value } = requestClaim(topic, part, { place, listed: none }, 0);
      expect(resultsIn(topic, part, value)).toEqual(part.indexes.map((_, index) => at(100 + index)));
    }),
  );
});

it("lists what is not in its slot: repeats, and what is delayed", () => {
  const repeat: PublishResult = { kind: "published", id: "orders.u1.0.7", publishedAtMs: 1, isRepeat: true };
  const delayed: PublishResult = { kind: "scheduled", id: "orders.x", deliverAtMs: 9 };
  const listed = new Map<number, PublishResult>([
    [1, repeat],
    [4, delayed],
  ]);
  const part = aPart({ indexes: [0, 1, 2, 4] });
  const { value } = requestClaim(topic, part, { place, listed }, 0);
  expect(resultsIn(topic, part, value)).toEqual([at(100), repeat, at(101), delayed]);
});

it("takes no more room for a thousand messages in a row than for one", () => {
  const part = aPart({ indexes: Array.from({ length: 1_000 }, (_, index) => index) });
  const { value } = requestClaim(topic, part, { place, listed: none }, 0);
  expect(value.length).toBeLessThan(120);
});

it("tells another request with the same key, and makes nothing of what is damaged or says too little", () => {
  const { value } = requestClaim(topic, aPart(), { place, listed: none }, 0);
  expect(resultsIn(topic, aPart({ fingerprint: "other" }), value)).toBe("other");
  for (const damaged of [undefined, "", "{", "null", "{}", '{"h":1}'])
    expect(resultsIn(topic, aPart(), damaged)).toBeUndefined();
  expect(resultsIn(topic, aPart({ indexes: [0, 1, 2, 3] }), value)).toBeUndefined();
});

it("names the first part by the key alone, the others by the request and their place, for a day", () => {
  const name = (fields: Partial<RequestPart>): string =>
    requestClaim(topic, aPart(fields), { place, listed: none }, 7).name;
  expect(name({ fingerprint: "other", indexes: [5] })).toBe(name({}));
  const others = [{}, { indexes: [4] }, { fingerprint: "other" }, { key: "other" }];
  expect(new Set(others.map((fields) => name({ isHead: false, ...fields }))).size).toBe(4);
  expect(requestClaim(topic, aPart(), { place, listed: none }, 7).expiresAtMs).toBe(7 + SENT_FOR_MS);
});
