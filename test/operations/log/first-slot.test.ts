import fc from "fast-check";
import { firstSlotBase } from "../../../lib/operations/log/first-slot.js";
import { nextOffset } from "../../../lib/domain/slot.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { aDeployment } from "../a-deployment.js";
import { aTopic, appendTo, stored } from "../an-append.js";
import { portsAround } from "../ports-around.js";

/** A log with so many messages in each slot, and what counts the reads of it. */
async function aLog(counts: readonly number[]) {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  for (const count of counts)
    await appendTo(deployment.process(), topic, ...Array.from({ length: count }, (_, at) => `m${at}`));
  let reads = 0;
  const engine: Engine = deployment.process((ports) =>
    portsAround(ports, ({ name }, carryOut) => {
      if (name.startsWith("log.")) reads++;
      return carryOut();
    }),
  );
  return { engine, partition: { topic, partition: 0 }, slots: stored(deployment), reads: () => reads };
}

describe("the first slot for which something holds", () => {
  it("is found wherever it lies, and from wherever the search begins, in no more reads than halvings", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        async (counts, at, behind) => {
          const { engine, partition, slots, reads } = await aLog(counts);
          const first = slots[at % slots.length];
          const tail = slots.at(-1);
          if (!first || !tail) throw new Error("there is no slot");
          const from = behind % 2 === 0 ? 0 : (slots[0]?.base ?? 0);
          const found = await firstSlotBase(engine, partition, tail, from, ({ base }) => base >= first.base);
          expect(found).toBe(first.base);
          const offsets = nextOffset(tail) - (slots[0]?.base ?? 0);
          expect(reads()).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(offsets + 1)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is none where it does not hold for the last one, which takes no read", async () => {
    const { engine, partition, slots, reads } = await aLog([2, 2]);
    const tail = slots[1];
    if (!tail) throw new Error("there is no slot");
    expect(await firstSlotBase(engine, partition, tail, 0, () => false)).toBeUndefined();
    expect(reads()).toBe(0);
  });
});
