import { WRITE_UNIT_BYTES, itemBytes } from "../../../lib/adapters/dynamodb/items/item-size.js";
import { dueItem, dueOf } from "../../../lib/adapters/dynamodb/items/progress-item.js";
import type { Lease } from "../../../lib/domain/progress/records.js";
import { aLease, aSpan } from "../../contract/builders.js";

const consumer = { name: "w".repeat(128), principal: `arn:aws:sts::123456789012:${"r".repeat(80)}` };
const read = (lease: Lease) => dueOf(dueItem("pk", lease, "w"));

it("GIVEN a lease with room in its write unit THEN it says who has it", () => {
  const lease = aLease({ consumer });
  expect(read(lease)).toEqual(lease);
});

it("GIVEN a lease of every size THEN it takes no unit more for that, and tells where it takes none", () => {
  let told = 0;
  for (let count = 1; count <= 60; count++) {
    const bare = aLease({ spans: Array.from({ length: count }, (_, at) => aSpan(2 * at, 2 * at + 1)) });
    const unitsOf = (lease: Lease) => Math.ceil(itemBytes(dueItem("pk", lease, "w")) / WRITE_UNIT_BYTES);
    expect(unitsOf({ ...bare, consumer })).toBe(unitsOf(bare));
    const found = read({ ...bare, consumer });
    if (found?.kind === "lease" && found.consumer) told++;
    else expect(found).toEqual(bare);
  }
  expect(told).toBeGreaterThan(30);
  expect(told).toBeLessThan(60);
});

it.each([[7], ["x"], [null], [{}], [{ n: 7, p: [], a: {}, l: "x" }]])(
  "GIVEN a damaged note of who has it, %j THEN the lease is there without",
  (co) => {
    const lease = aLease();
    expect(dueOf({ ...dueItem("pk", lease, "w"), co })).toEqual(lease);
  },
);
