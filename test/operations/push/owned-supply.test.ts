import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { OwnedBatch } from "../../../lib/operations/push/batch.js";
import type { BatchAhead } from "../../../lib/operations/push/batch.js";
import { OwnedSupply } from "../../../lib/operations/push/owned-supply.js";
import { anOwner, textsOf } from "../an-owner.js";
import { portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const MB = 1_024 * 1_024;

/** The supply of a subscription's only pump. */
async function supplying({
  deaths = 0,
  ...options
}: Parameters<typeof anOwner>[0] & { deaths?: number } = {}) {
  const owner = await anOwner(options);
  /** The place from which on a handler of an earlier look is at work; nowhere at first. */
  const atWork = { from: Infinity };
  const flights = {
    settleOver: () => undefined,
    isAheadOf: (head: number) => head <= atWork.from && atWork.from < Infinity,
  };
  const supply = new OwnedSupply(owner.context, { deaths, width: 10 }, flights);
  const look = async (): Promise<void> => {
    supply.look();
    await owner.clock.advance(0);
  };
  const take = (): BatchAhead => {
    const batch = supply.take();
    if (batch?.kind !== "owned") throw new Error("there is no batch");
    return batch as BatchAhead;
  };
  const commit = async (isQuiet = true): Promise<void> => {
    supply.commit(owner.clock.nowMs() + 60 * SECOND_MS, isQuiet);
    await owner.clock.advance(0);
  };
  return { ...owner, supply, look, take, commit, atWork };
}

const end = (batch: OwnedBatch): void => {
  batch.failed = [];
};

describe("a supply of owned partitions", () => {
  it("GIVEN messages in several WHEN taken THEN the partitions take turns", async () => {
    const { supply, look, take, publishTo } = await supplying();
    await publishTo(0, "a0", "a1", "a2", "a3");
    await publishTo(1, "b0", "b1", "b2", "b3");
    expect([supply.canStart, supply.isDry]).toEqual([true, false]);
    await look();
    expect([supply.canStart, supply.isDry]).toEqual([true, false]);
    const taken = [take(), take(), take(), take()].map(textsOf);
    expect(taken.map((texts) => texts?.[0]?.charAt(0))).toEqual(["a", "b", "a", "b"]);
    expect(taken.flat().sort()).toEqual(["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"]);
  });

  it("GIVEN looks in vain THEN it is dry, and the pauses double to a limit; anew, it is not", async () => {
    const { supply, look, take, clock, publishTo } = await supplying();
    await publishTo(0, "a0");
    await look();
    end(take());
    expect(supply.isDry).toBe(false);
    const pauses: number[] = [];
    for (let count = 0; count < 7; count++) {
      await look();
      pauses.push(supply.lookAtMs - clock.nowMs());
      expect(supply.canStart).toBe(false);
      await clock.advance(pauses.at(-1) ?? 0);
    }
    expect([supply.isDry, pauses]).toEqual([true, [25, 50, 100, 200, 400, 500, 500]]);
    supply.lookAnew();
    expect([supply.isDry, supply.canStart]).toEqual([false, true]);
    await look();
    expect(supply.isDry).toBe(true);
  });

  it("GIVEN messages in 16 partitions and a pump of 512 MB THEN one look reads all of them", async () => {
    const { supply, look, take, publishTo } = await supplying({
      process: { decodedBytes: 256 * MB },
    });
    for (let partition = 0; partition < 16; partition++) await publishTo(partition, `${partition}`);
    await look();
    const taken = Array.from({ length: 16 }, () => textsOf(take())?.[0]);
    expect(new Set(taken).size).toBe(16);
    expect(supply.take()).toBeUndefined();
  });

  it("GIVEN memory for one read at a time WHEN deliveries go on THEN each partition has its turn", async () => {
    const { look, supply, publishTo, clock } = await supplying({
      process: { decodedBytes: 5 * MB },
      replace: (ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          if (name === "log.read") await ports.clock.sleep(5);
          return await carryOut();
        }),
    });
    const seen = new Set<string | undefined>();
    for (let round = 0; round < 40; round++) {
      for (let partition = 0; partition < 8; partition++) await publishTo(partition, `${partition}`);
      await look();
      await clock.advance(5);
      for (let batch = supply.take(); batch; batch = supply.take()) {
        seen.add(batch.kind === "owned" ? textsOf(batch)?.[0] : undefined);
        if (batch.kind !== "owned") continue;
        batch.failed = [];
        batch.free();
      }
    }
    expect(seen.size).toBe(8);
  });

  it("GIVEN a partition that had nothing WHEN others are busy THEN it rests for a moment, up to 200 ms", async () => {
    const reads: (number | undefined)[] = [];
    const { look, take, commit, publishTo, clock, supply } = await supplying({
      replace: (ports) =>
        portsAround(ports, async ({ name, args }, carryOut) => {
          const { partition } = (args[0] ?? {}) as { partition?: number };
          if (name === "log.read") reads.push(partition);
          return await carryOut();
        }),
    });
    await publishTo(0, "a0");
    await publishTo(1, "b0");
    await look();
    for (const batch of [take(), take()]) end(batch);
    reads.length = 0;
    // WHEN
    for (let count = 0; count < 100; count++) {
      await publishTo(1, "b");
      await look();
      end(take());
      await commit();
      await clock.advance(10);
    }
    // THEN
    const quiet = reads.filter((partition) => partition === 0).length;
    expect(quiet).toBeGreaterThan(4);
    expect(quiet).toBeLessThan(10);
    // WHEN it is asked anew
    reads.length = 0;
    supply.lookAnew();
    await look();
    expect(reads).toContain(0);
  });

  describe("GIVEN a few messages that are done WHEN more may follow", () => {
    it("THEN the commit waits for more, up to five seconds", async () => {
      const { look, take, commit, cursor, clock, publishTo } = await supplying();
      await publishTo(0, "a0");
      await look();
      end(take());
      await commit(false);
      await clock.advance(4_999);
      await commit(false);
      expect(cursor(0)).toBeUndefined();
      await clock.advance(1);
      await commit(false);
      expect(cursor(0)?.version).toBe(1);
    });

    it("THEN it does not once they are ten", async () => {
      const { look, take, commit, cursor, publishTo } = await supplying();
      await publishTo(0, ..."abcdefghijkl");
      await look();
      for (let count = 0; count < 4; count++) end(take());
      await commit(false);
      expect(cursor(0)).toBeUndefined();
      end(take());
      await commit(false);
      expect(cursor(0)?.version).toBe(1);
    });

    it("THEN it does not where one has failed, since its retry is not written yet", async () => {
      const { look, take, commit, due, publishTo } = await supplying();
      await publishTo(0, "a0");
      await look();
      const batch = take();
      batch.failed = batch.entries.map((entry) => ({ ...entry, dueMs: 0 }));
      await commit(false);
      expect(due()).toHaveLength(1);
    });

    it("THEN it does not while owners that died are to be told from this one", async () => {
      const { look, take, commit, cursor, publishTo } = await supplying({ deaths: 1 });
      await publishTo(0, "a0");
      await look();
      end(take());
      await commit(false);
      expect(cursor(0)?.version).toBe(1);
    });
  });

  it("GIVEN owners that died THEN it is careful until its first commit", async () => {
    const { supply, look, take, commit, publishTo } = await supplying({ deaths: 1 });
    await publishTo(0, "a0", "a1", "a2");
    await look();
    const first = take();
    expect([supply.isCareful, first.handed.map(({ attempt }) => attempt)]).toEqual([true, [2, 2]]);
    end(first);
    expect(supply.hasUncommitted).toBe(true);
    await commit();
    expect([supply.isCareful, supply.hasUncommitted]).toEqual([false, false]);
  });

  it("GIVEN a partition with all that it may have ahead WHEN committed THEN it goes on, with leases", async () => {
    const { supply, look, take, commit, due, publishTo } = await supplying();
    await publishTo(0, ...Array.from({ length: 140 }, (_, at) => `a${at}`));
    await look();
    for (let count = 0; count < 64; count++) take();
    expect([supply.isCrowded, supply.take()]).toEqual([true, undefined]);
    await commit();
    expect([supply.isCrowded, textsOf(take())]).toEqual([false, ["a128", "a129"]]);
    expect(due().length).toBeGreaterThan(0);
  });

  it("GIVEN a commit that fails THEN that partition waits with it, and the others do not", async () => {
    let isSick = true;
    let tries = 0;
    const { look, take, commit, cursor, failures, clock, publishTo } = await supplying({
      replace: (ports) =>
        portsAround(ports, async ({ name, args }, carryOut) => {
          const { cursor: moved } = (args[1] ?? {}) as { cursor?: { partition: number } };
          const isIll = name === "progress.move" && moved?.partition === 0;
          if (isIll) tries++;
          if (isIll && isSick) throw new StorageUnavailable("the test");
          return await carryOut();
        }),
    });
    await publishTo(0, "a0");
    await publishTo(1, "b0");
    await look();
    for (const batch of [take(), take()]) end(batch);
    await commit();
    await commit();
    expect([failures, tries, cursor(1)?.version]).toEqual([["committing partition 0"], 1, 1]);
    isSick = false;
    await clock.advance(100);
    await commit();
    expect([tries, cursor(0)?.version]).toEqual([2, 1]);
  });

  it("GIVEN due messages that its head has not passed THEN another has moved it: it goes on there", async () => {
    // GIVEN
    const { supply, look, take, telemetry, engine, subscription, publishTo, due } = await supplying();
    await publishTo(0, "a0", "a1", "a2", "a3", "a4");
    await look();
    const [first, second] = [take(), take()];
    await engine.progress.move(subscription, {
      cursor: { partition: 0, next: { ...second.next, epoch: 0, version: 1 } },
    });
    // WHEN
    supply.notice(first.handed);
    // THEN
    expect(telemetry.events).toMatchObject([{ name: "head-lost", fields: { partition: 0 } }]);
    expect(supply.take()).toBeUndefined();
    await look();
    expect([textsOf(take()), due()]).toEqual([["a4"], []]);
  });

  it("GIVEN a handler is at work ahead of the head THEN the partition is taken once it is over", async () => {
    const { supply, look, atWork, take, publishTo } = await supplying();
    await publishTo(0, "a0", "a1");
    atWork.from = 0;
    await look();
    expect(supply.take()).toBeUndefined();
    atWork.from = Infinity;
    await look();
    expect(textsOf(take())).toEqual(["a0", "a1"]);
  });

  it("GIVEN due messages below its head THEN they are nothing new to it", async () => {
    const { supply, look, take, commit, telemetry, publishTo } = await supplying();
    await publishTo(0, "a0", "a1", "a2");
    await look();
    const first = take();
    end(first);
    await commit();
    supply.notice(first.handed);
    expect(telemetry.events).toEqual([]);
    expect(textsOf(take())).toEqual(["a2"]);
  });

  it("WHEN closed THEN what is over is committed, what runs has leases, and nothing more is taken", async () => {
    const { supply, look, take, due, cursor, clock, context, publishTo } = await supplying();
    await publishTo(0, "a0", "a1", "a2", "a3", "a4");
    await look();
    const [first, second] = [take(), take()];
    end(first);
    first.free();
    await supply.close(60 * SECOND_MS, clock.nowMs() + 5 * SECOND_MS);
    expect(cursor()).toMatchObject(second.next);
    expect(due()).toEqual(second.leases);
    expect(due()).toMatchObject([{ kind: "lease", dueMs: clock.nowMs() + 60 * SECOND_MS }]);
    expect(supply.take()).toBeUndefined();
    second.free();
    expect(context.engine.budget.heldBytes).toBe(0);
  });
});
