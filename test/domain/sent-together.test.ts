import type { PublishResult } from "../../lib/domain/publish-result.js";
import { SENT_FOR_MS, requestClaim, resultsIn } from "../../lib/domain/sent-request.js";
import { severalClaim, togetherClaim, togetherResultsIn } from "../../lib/domain/sent-together.js";

const orders = { name: "orders", uid: "u1" };
const audit = { name: "audit", uid: "u2" };
const request = { key: "k", fingerprint: "f" };
const repeat: PublishResult = { kind: "published", id: "audit.u2.0.7", publishedAtMs: 1, isRepeat: true };
const delayed: PublishResult = { kind: "scheduled", id: "orders.x", deliverAtMs: 9 };
const stored = {
  slots: [
    { topic: orders, partition: 3, base: 100, publishedAtMs: 5, indexes: [0, 3] },
    { topic: audit, partition: 0, base: 8, publishedAtMs: 6, indexes: [2] },
  ],
  listed: new Map<number, PublishResult>([
    [1, repeat],
    [4, delayed],
  ]),
};
const at = (id: string, publishedAtMs: number): PublishResult => ({ kind: "published", id, publishedAtMs });

it("says where each message of all topics lies, and lists repeats and delayed ones", () => {
  const { value, expiresAtMs } = togetherClaim("topics", request, stored, 1_000);
  expect(expiresAtMs).toBe(1_000 + SENT_FOR_MS);
  const all = [at("orders.u1.3.100", 5), repeat, at("audit.u2.0.8", 6), at("orders.u1.3.101", 5), delayed];
  expect(togetherResultsIn(request, [0, 1, 2, 3, 4], value)).toEqual(all);
  expect(togetherResultsIn(request, [4, 0], value)).toEqual([delayed, all[0]]);
});

it("tells another request with the same key, and makes nothing of what is damaged or says too little", () => {
  const { value } = togetherClaim("topics", request, stored, 0);
  expect(togetherResultsIn({ ...request, fingerprint: "g" }, [0], value)).toBe("other");
  expect(togetherResultsIn(request, [0, 9], value)).toBeUndefined();
  for (const damaged of [undefined, "", "{", "null", "{}", '{"h":1}'])
    expect(togetherResultsIn(request, [0], damaged)).toBeUndefined();
});

it("is told from requests that are stored part by part, under the name that those have in the topic", () => {
  const part = { ...request, fingerprint: "in parts", indexes: [0], isHead: true };
  const inParts = requestClaim(orders, part, { listed: new Map<number, PublishResult>([[0, delayed]]) }, 0);
  const whole = togetherClaim(orders, request, stored, 0);
  expect(whole.name).toBe(inParts.name);
  expect(resultsIn(orders, part, whole.value)).toBe("other");
  expect(togetherResultsIn(request, [0], inParts.value)).toBe("other");
});

it("keeps the keys of requests to several topics apart from those of any topic", () => {
  const names = [orders, audit, "topics" as const].map(
    (scope) => togetherClaim(scope, request, stored, 0).name,
  );
  expect(new Set(names).size).toBe(3);
  expect(severalClaim(request, 0).name).toBe(names[2]);
  expect(togetherResultsIn(request, [], severalClaim(request, 0).value)).toEqual([]);
});
