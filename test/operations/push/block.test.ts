import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import { consumerMemory } from "../../../lib/operations/consume/known-cursors.js";
import { takeDue } from "../../../lib/operations/consume/take-due.js";
import { takeAheadOf } from "../../../lib/operations/consume/take-next.js";
import { settleMessage } from "../../../lib/operations/manage/settle-message.js";
import type { OwnedBatch } from "../../../lib/operations/push/batch.js";
import { Block } from "../../../lib/operations/push/block.js";
import { anOwner, textsOf } from "../an-owner.js";
import { portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const LEASE_MS = 60 * SECOND_MS;
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `m${at}`);

/** A block of so many messages, two to a delivery, as a lane has taken it. */
async function taking(count: number, options: Parameters<typeof anOwner>[0] = {}) {
  const owner = await anOwner(options);
  const { engine, reader, context, clock } = owner;
  await owner.publishTo(0, ...names(count));
  const memory = await consumerMemory(engine, reader.subscription);
  const take = { maxMessages: 1_000, maxBytes: 1_000_000, leaseMs: LEASE_MS, isBlock: true };
  const taken = await takeAheadOf(engine, reader, memory, take);
  if (taken.kind !== "taken") throw new Error(`it was ${taken.kind}`);
  const over: OwnedBatch[] = [];
  const block = new Block(context, taken.lease, taken.placed, (batch) => over.push(batch));
  const untilMs = (): number => clock.nowMs() + LEASE_MS;
  const left = () => owner.due().map(({ kind, spans }) => [kind, offsetsIn(spans).length, spans[0]?.attempt]);
  const others = () => takeDue(engine, reader, { maxMessages: 10, maxBytes: 1_000_000, leaseMs: LEASE_MS });
  return { ...owner, block, taken, over, untilMs, left, others };
}

const end = (batch: OwnedBatch, failed = 0): OwnedBatch =>
  Object.assign(batch, { failed: batch.entries.slice(0, failed) });

describe("a block", () => {
  it("is one lease, which counts no attempt; its deliveries are first ones, and no receipt settles them", async () => {
    const { block, left, taken } = await taking(5);
    expect([left(), taken.isFull]).toEqual([[["lease", 5, 0]], false]);
    const batches = [block.take(), block.take(), block.take()];
    expect(batches.map(textsOf)).toEqual([["m0", "m1"], ["m2", "m3"], ["m4"]]);
    expect(batches.flatMap(({ handed }) => handed.map(({ attempt }) => attempt))).toEqual([1, 1, 1, 1, 1]);
    expect(batches.flatMap(({ handed }) => handed.map(({ receipt }) => receipt))).not.toContain(
      taken.lease.id,
    );
    expect([block.hasNext, block.waiting, block.isOver]).toEqual([false, 0, false]);
  });

  it("GIVEN an operator's word on one of its messages WHEN it is committed THEN it is lost", async () => {
    const { engine, block, untilMs, left } = await taking(6);
    const [id = ""] = block.take()?.handed.map((message) => message.id) ?? [];
    // It writes the very version that the commit would write.
    await settleMessage(engine, "orders", "ship", id, { outcome: "ack" });
    expect(await block.commit(untilMs())).toBe("lost");
    expect(left()).toEqual([["lease", 5, 0]]);
  });

  it("WHEN it is committed THEN its lease has what is not over, until later", async () => {
    const { block, left, untilMs, clock, due } = await taking(6);
    const [first, second] = [block.take(), block.take()];
    end(second);
    await clock.advance(20 * SECOND_MS);
    expect([block.hasUncommitted, await block.commit(untilMs())]).toEqual([true, "committed"]);
    expect(left()).toEqual([["lease", 4, 0]]);
    expect(due()).toMatchObject([{ dueMs: untilMs() }]);
    end(first);
    end(block.take());
    await block.commit(untilMs());
    expect([left(), block.isOver]).toEqual([[], true]);
  });

  it("WHEN something failed THEN it waits as a retry that counts its attempt", async () => {
    const { block, left, untilMs } = await taking(4);
    end(block.take(), 1);
    await block.commit(untilMs());
    expect(left().sort()).toEqual([
      ["lease", 2, 0],
      ["retry", 1, 1],
    ]);
  });

  it("WHEN it ends THEN what runs has its own lease, and the rest is due in a second without an attempt", async () => {
    const { block, left, untilMs, clock, others, over } = await taking(8);
    const running = block.take();
    expect(await block.end(untilMs())).toBe("committed");
    expect([running.leases.length, over, block.isOver]).toEqual([1, [], true]);
    expect(left().filter(([kind]) => kind === "lease")).toEqual([["lease", 2, 1]]);
    await clock.advance(SECOND_MS);
    const next = await others();
    expect(next.kind === "taken" && next.handed.map(({ attempt }) => attempt)).toContain(1);
  });

  it("WHEN a delivery ends while its lease is written THEN its owner is told to settle it", async () => {
    let atWrite: () => void = () => undefined;
    const { block, over, untilMs } = await taking(2, {
      replace: (ports) =>
        portsAround(ports, ({ name }, carryOut) => {
          if (name === "progress.move") atWrite();
          return carryOut();
        }),
    });
    const running = block.take();
    atWrite = () => end(running);
    await block.end(untilMs());
    expect(over).toEqual([running]);
  });

  it("GIVEN its deadline has passed THEN it hands out nothing more, unless it is still its own", async () => {
    const { block, clock, untilMs } = await taking(6);
    end(block.take());
    await clock.advance(LEASE_MS);
    expect(block.hasNext).toBe(false);
    expect(await block.commit(untilMs())).toBe("committed");
    expect(block.hasNext).toBe(true);
  });

  it("GIVEN somebody has taken it since THEN it is lost, and its memory is free", async () => {
    const { block, clock, untilMs, others, context } = await taking(6);
    const running = block.take();
    await clock.advance(LEASE_MS);
    const next = await others();
    expect(next.kind === "taken" && next.handed.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1]);
    end(running, 1);
    expect(await block.commit(untilMs())).toBe("lost");
    expect([block.isOver, block.hasNext]).toEqual([true, false]);
    running.free();
    expect(context.engine.budget.heldBytes).toBe(0);
  });

  it.each([
    ["kept", 3],
    ["removed", 1],
  ])(
    "GIVEN the answer is lost to a commit that left it %s THEN the next call finds that out",
    async (_, slots) => {
      let isLost = false;
      const made = await taking(2 * slots, {
        replace: (ports) =>
          portsAround(ports, async ({ name }, carryOut) => {
            const answer = await carryOut();
            if (name === "progress.move" && isLost) throw new StorageUnavailable("the test");
            return answer;
          }),
      });
      const { block, untilMs, left } = made;
      end(block.take());
      isLost = true;
      await expect(block.commit(untilMs())).rejects.toThrow();
      isLost = false;
      expect(block.hasUncommitted).toBe(true);
      expect(await block.commit(untilMs())).toBe("committed");
      expect([left(), block.isOver]).toEqual(slots === 1 ? [[], true] : [[["lease", 4, 0]], false]);
    },
  );
});

it("a block of a hundred running deliveries ends in several writes", async () => {
  const { block, left, untilMs } = await taking(200);
  const batches = Array.from({ length: 100 }, () => block.take());
  await block.end(untilMs());
  expect(batches.every(({ leases }) => leases.length === 1)).toBe(true);
  expect([left().length, block.isOver]).toEqual([100, true]);
});
