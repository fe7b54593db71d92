import { type Together, TOGETHER_LIMIT, assertTogether } from "../../lib/domain/together.js";
import type { Claim } from "../../lib/domain/beside.js";
import { aPartition, aSlot, aTopic } from "../contract/builders.js";

const claims = (count: number, name = "r"): Claim[] =>
  Array.from({ length: count }, (_, at) => ({ kind: "claim", name: `${name}${at}`, value: "" }));
const aPart = (fields: Partial<Together["appends"][number]> = {}) => ({
  ...{ partition: aPartition(), slot: aSlot() },
  ...fields,
});
const aDelay = (count: number) => ({
  ...{ topic: aTopic(), delayed: [], timers: [], claims: claims(count, "d"), nowMs: 0 },
});

it("takes as many items as one transaction: slots, anchors, and what is beside them", () => {
  const appends = [aPart({ anchorVersion: 0 }), aPart({ beside: claims(40) })];
  const fits = { appends, delays: [aDelay(TOGETHER_LIMIT - 43)] };
  expect(() => assertTogether(fits)).not.toThrow();
  expect(() => assertTogether({ ...fits, appends: [...appends, aPart()] })).toThrow("one transaction");
  expect(() => assertTogether({ appends: [], delays: [] })).toThrow("one transaction");
});

it("takes no partition twice, and no record", () => {
  const partition = aPartition();
  const twice = [aPart({ partition }), aPart({ partition, slot: aSlot({ base: 1 }) })];
  expect(() => assertTogether({ appends: twice, delays: [] })).toThrow("once");
  const [claim] = claims(1, "d");
  const beside = claim ? [claim] : [];
  expect(() => assertTogether({ appends: [aPart({ beside })], delays: [aDelay(1)] })).toThrow("once");
});
