import type { Handed } from "../../../lib/domain/handed.js";
import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { deliver, failedOf, withinLimit } from "../../../lib/operations/push/delivery.js";
import { aHanded, aReader } from "../../adapters/lambda/a-handed.js";
import { aPush, allDone } from "../a-push.js";

const UNORDERED = aReader();
const ORDERED = aReader({ ordering: "key" });
const message = (id: string, more: Partial<Handed> = {}): Handed => aHanded({ id, ...more });
const idsOf = (messages: readonly Handed[]): string => messages.map(({ id }) => id).join("");

/** A push whose handlers take so many bytes at once, and fail these. */
async function taking(limitBytes: number, failing: string, ordering: "none" | "key" = "none") {
  const push = await aPush({}, { ordering });
  push.subscriber.limit = limitBytes;
  push.answerWith(async (messages): Promise<DeliveryOutcome> => {
    const failedIds = new Set(messages.flatMap(({ id }) => (failing.includes(id) ? [id] : [])));
    return failedIds.size === 0 ? allDone : { kind: "answered", failedIds };
  });
  const reader = await findSubscription(push.engine, "orders", "ship");
  const delivering = (handed: readonly Handed[]) =>
    deliver(push.engine, { kind: "leased", reader, handed, leases: [], free: () => undefined });
  return { ...push, delivering, calls: () => push.deliveries.map(({ messages }) => idsOf(messages)) };
}

describe("a batch that one delivery cannot carry", () => {
  it("is cut where the next message would be too much; one that is too large alone goes alone", async () => {
    const { engine, subscriber } = await taking(10, "");
    const sizes: Record<string, number> = { a: 4, b: 6, c: 1, d: 99, e: 10, f: 1 };
    subscriber.sizeBytes = (_reader, { id }) => sizes[id] ?? 0;
    const parts = withinLimit(
      engine,
      UNORDERED,
      [..."abcdef"].map((id) => message(id)),
    );
    expect(parts.map(idsOf)).toEqual(["ab", "c", "d", "e", "f"]);
  });

  it("is delivered part by part, and what failed of any part failed", async () => {
    const push = await taking(2, "ad");
    push.subscriber.sizeBytes = () => 1;
    const handed = [..."abcd"].map((id, offset) => message(id, { offset }));
    const { delivered: failed } = await push.delivering(handed);
    expect(push.calls()).toEqual(["ab", "cd"]);
    const why = { blame: "charged", error: "partial batch failure" };
    expect([...failed]).toEqual([
      [0, why],
      [3, why],
    ]);
  });

  it("with ordering holds back in later parts what comes behind a failure of its key", async () => {
    const push = await taking(2, "a", "key");
    push.subscriber.sizeBytes = () => 1;
    const keys = ["k1", "k2", "k1", "k2", "k1", "k1"];
    const handed = keys.map((key, offset) => message("abcdef".charAt(offset), { offset, key }));
    const { delivered: failed } = await push.delivering(handed);
    expect(push.calls()).toEqual(["ab", "d"]);
    expect([...failed].map(([offset, { blame }]) => [offset, blame])).toEqual([
      [0, "charged"],
      [2, "spared"],
      [4, "spared"],
      [5, "spared"],
    ]);
  });
});

describe("the blame for a failed call", () => {
  const blamesFor = async (outcome: DeliveryOutcome, ids: string) => {
    const push = await taking(99, "");
    push.subscriber.sizeBytes = () => 1;
    push.answerWith(() => Promise.resolve(outcome));
    const { delivered } = await push.delivering([...ids].map((id, offset) => message(id, { offset })));
    return [...delivered.values()].map(({ blame }) => blame);
  };

  it("is on all of it together where its handler threw, and on a message that was alone", async () => {
    const failure = { kind: "failed", error: "it threw" } as const;
    expect(await blamesFor(failure, "abc")).toEqual([{ among: 3 }, { among: 3 }, { among: 3 }]);
    expect(await blamesFor(failure, "a")).toEqual([{ among: 1 }]);
  });

  it("is on none of it where it was not accepted", async () => {
    expect(await blamesFor({ kind: "unavailable", reason: "throttled", error: "429" }, "ab")).toEqual([
      "returned",
      "returned",
    ]);
  });
});

describe("what failed of a part", () => {
  const part = [message("a", { key: "k" }), message("b", { key: "l" }), message("c", { key: "k" })];

  it("is what the answer names, and with ordering all of the same key behind it", () => {
    const outcome: DeliveryOutcome = { kind: "answered", failedIds: new Set(["a"]) };
    expect(idsOf(failedOf(UNORDERED, part, outcome, new Set()))).toBe("a");
    const held = new Set<string>();
    expect(idsOf(failedOf(ORDERED, part, outcome, held))).toBe("ac");
    expect([...held]).toEqual(["k"]);
  });

  it("is all of it where its handler threw, or was not there", () => {
    const error = "the test";
    const outcomes = [
      { kind: "failed", error },
      { kind: "unavailable", reason: "missing", error },
    ] as const;
    for (const outcome of outcomes) expect(idsOf(failedOf(UNORDERED, part, outcome, new Set()))).toBe("abc");
  });
});
