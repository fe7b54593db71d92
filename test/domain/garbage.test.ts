import { garbageName } from "../../lib/domain/garbage.js";

describe("the name of what was deleted", () => {
  const topic = { name: "orders", uid: "t1" };
  const subscription = { topic, name: "audit", uid: "s1" };
  const names = [
    garbageName({ kind: "topic", topic, deletedAtMs: 1 }),
    garbageName({ kind: "topic", topic: { ...topic, uid: "t2" }, deletedAtMs: 1 }),
    garbageName({ kind: "subscription", subscription, deletedAtMs: 1 }),
    garbageName({ kind: "subscription", subscription: { ...subscription, uid: "s2" }, deletedAtMs: 1 }),
    garbageName({
      kind: "subscription",
      subscription: { ...subscription, topic: { ...topic, uid: "t2" } },
      deletedAtMs: 1,
    }),
  ];

  it("is one for each life, of topics and of subscriptions", () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it("is the same whenever it was deleted", () => {
    expect(garbageName({ kind: "topic", topic, deletedAtMs: 2 })).toBe(names[0]);
  });
});
