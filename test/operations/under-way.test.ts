import { UnderWay } from "../../lib/operations/under-way.js";

const topic = { name: "orders", uid: "u1" };
const first = { topic, partition: 0 };

describe("the appends that are under way", () => {
  it("are known by their partition, until the last of them has ended", () => {
    const appends = new UnderWay();
    appends.begin(first);
    appends.begin(first);
    appends.end(first);
    expect(appends.has(first)).toBe(true);
    appends.end(first);
    expect(appends.has(first)).toBe(false);
  });

  it("are in the way of no other partition, and of no other life of the topic", () => {
    const appends = new UnderWay();
    appends.begin(first);
    expect(appends.has({ topic, partition: 1 })).toBe(false);
    expect(appends.has({ topic: { ...topic, uid: "u2" }, partition: 0 })).toBe(false);
  });
});
