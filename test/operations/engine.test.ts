import { createEngine } from "../../lib/operations/engine.js";
import { memoryBytesOfSlot } from "../../lib/operations/memory-budget.js";
import { aSlot } from "../contract/builders.js";
import { aDeployment } from "./a-deployment.js";

const MB = 1_024 * 1_024;

describe("the memory of a process", () => {
  it("is shared out: an eighth for slots that are kept, the rest for what is read and delivered", () => {
    const { budget } = createEngine(aDeployment().process(), { decodedBytes: 64 * MB });
    expect(budget.limitBytes).toBe(56 * MB);
  });

  it("keeps slots up to its share, and none that is larger", () => {
    const slot = aSlot({});
    const sizeBytes = memoryBytesOfSlot(slot);
    const { caches } = createEngine(aDeployment().process(), { decodedBytes: 8 * sizeBytes });
    const [fits, tooLarge] = [aSlot({}), aSlot({})];
    caches.slots.set(fits, [], sizeBytes);
    caches.slots.set(tooLarge, [], sizeBytes + 1);
    expect([caches.slots.get(fits), caches.slots.get(tooLarge)]).toEqual([[], undefined]);
  });

  it("is all for what is read where nothing is to be kept", () => {
    const { budget } = createEngine(aDeployment().process(), { decodedBytes: MB, slotCacheBytes: 0 });
    expect(budget.limitBytes).toBe(MB);
  });
});

it("two engines on the same ports remember nothing of each other", () => {
  const ports = aDeployment().process();
  const [one, other] = [createEngine(ports), createEngine(ports)];
  const slot = aSlot({});
  one.caches.slots.set(slot, [], 1);
  one.budget.account().hold(5);
  expect([other.caches.slots.get(slot), other.budget.heldBytes]).toEqual([undefined, 0]);
});
