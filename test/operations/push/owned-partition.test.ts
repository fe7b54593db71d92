import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { BatchAhead, OwnedBatch } from "../../../lib/operations/push/batch.js";
import { OwnedPartition } from "../../../lib/operations/push/owned-partition.js";
import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { anOwner, textsOf } from "../an-owner.js";
import { portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `m${at}`);

/** The first partition, with these messages, as its owner has it in hand. */
async function owning(
  texts: readonly string[],
  options: Parameters<typeof anOwner>[0] = {},
  deaths = 0,
  width = 10,
) {
  const owner = await anOwner(options);
  if (texts.length > 0) await owner.publishTo(0, ...texts);
  const stored = await owner.engine.progress.cursor(owner.subscription, 0);
  const over: OwnedBatch[] = [];
  const cursor = cursorIn(owner.reader.subscription, 0, stored);
  const partition = new OwnedPartition(owner.context, 0, cursor, { deaths, width }, (batch) =>
    over.push(batch),
  );
  /** The next batch, which is there for certain. */
  const take = (): BatchAhead => {
    const batch = partition.take();
    if (!batch) throw new Error("there is no batch");
    return batch;
  };
  const untilMs = owner.clock.nowMs() + 60 * SECOND_MS;
  return { ...owner, partition, take, over, untilMs };
}

const end = (batch: OwnedBatch, failed = 0): void => {
  batch.failed = batch.entries.slice(0, failed);
};

describe("what an owner takes", () => {
  it("is there once it was read, in the order of the log, as a first attempt", async () => {
    const { partition, take } = await owning(names(5));
    expect([partition.hasNext, partition.take()]).toEqual([false, undefined]);
    await partition.refill(1);
    const batches = [take(), take(), take()];
    expect(batches.map(textsOf)).toEqual([["m0", "m1"], ["m2", "m3"], ["m4"]]);
    expect(batches.flatMap(({ handed }) => handed.map(({ attempt }) => attempt))).toEqual([1, 1, 1, 1, 1]);
    expect(partition.hasNext).toBe(false);
  });

  it("counts the attempts of owners that died, until its first commit", async () => {
    const { partition, take } = await owning(names(4), {}, 2);
    await partition.refill(1);
    const first = take();
    expect(first.handed.map(({ attempt }) => attempt)).toEqual([3, 3]);
    end(first);
    await partition.commit();
    expect(take().handed.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it("keeps the attempt that its handler was told, though a commit comes between", async () => {
    const { partition, take, due, untilMs } = await owning(names(8), {}, 2);
    await partition.refill(1);
    const [first, failing, running] = [take(), take(), take()];
    end(first);
    await partition.commit();
    end(failing, 1);
    await partition.commit(untilMs);
    expect(due().flatMap(({ spans }) => spans.map(({ attempt }) => attempt))).toEqual([3, 3]);
    expect([running, take()].map(({ handed }) => handed[0]?.attempt)).toEqual([3, 1]);
  });

  it("is cut by the bytes of messages, and by what one call of the subscriber carries", async () => {
    const batch = { maxMessages: 10, maxBytes: 1_000, windowSeconds: 0 };
    const long = "x".repeat(450);
    const { partition, take, subscriber } = await owning([long, long, long, "y".repeat(2_000), "z"], {
      settings: { batch },
    });
    await partition.refill(1);
    expect(take().handed).toHaveLength(2);
    subscriber.limit = 100;
    expect([take().handed.length, take().handed.length, take().handed.length]).toEqual([1, 1, 1]);
  });

  it("is never more than a window ahead of the head", async () => {
    const { partition, take } = await owning(names(150));
    await partition.refill(1);
    const batches: BatchAhead[] = [];
    while (partition.hasNext) batches.push(take());
    expect([batches.length, partition.isFull, partition.take()]).toEqual([64, true, undefined]);
    end(batches[0] as OwnedBatch);
    await partition.commit();
    expect([partition.isFull, partition.hasNext]).toEqual([false, true]);
  });

  it("is as far ahead of the head as twice what may be in flight", async () => {
    const { partition, take, cursor, due, untilMs } = await owning(names(900), {}, 0, 200);
    await partition.refill(1);
    const batches: BatchAhead[] = [];
    while (partition.hasNext) {
      batches.push(take());
      expect(partition.isCrowded).toBe(batches.length >= 300);
    }
    expect([batches.length, partition.isFull]).toEqual([400, true]);
    // WHEN the first is slow, and all others are over
    for (const batch of batches.slice(1)) end(batch);
    await partition.commit();
    expect([cursor(), partition.isFull]).toEqual([undefined, true]);
    await partition.moveOn(untilMs);
    // THEN the head passes the older half, and then all that is over behind it
    expect(due()).toMatchObject([{ kind: "lease", dueMs: untilMs }]);
    expect([cursor()?.head, partition.isFull]).toEqual([batches[199]?.next.head, false]);
    await partition.commit();
    expect(cursor()?.head).toBe(batches[399]?.next.head);
  });

  it("that runs in its younger half gets no lease when a full window moves on", async () => {
    const { partition, take, due, untilMs } = await owning(names(150));
    await partition.refill(1);
    const batches: BatchAhead[] = [];
    while (partition.hasNext) batches.push(take());
    await partition.moveOn(untilMs);
    expect([due().length, batches.filter(({ leases }) => leases.length > 0)]).toEqual([
      32,
      batches.slice(0, 32),
    ]);
  });

  it("is nothing where nothing is there, which the look is told by", async () => {
    const { partition, publishTo } = await owning([]);
    await partition.refill(7);
    expect([partition.emptyAtLook, partition.hasNext]).toEqual([7, false]);
    await publishTo(0, "m0");
    await partition.refill(8);
    expect([partition.emptyAtLook, partition.hasNext]).toEqual([-1, true]);
  });
});

describe("a commit", () => {
  it("moves the head past what is over at the front, and stops at what still runs", async () => {
    const { partition, take, cursor, due } = await owning(names(6));
    await partition.refill(1);
    const [first, second, third] = [take(), take(), take()];
    end(first);
    end(third);
    expect(partition.hasUncommitted).toBe(true);
    expect(await partition.commit()).toBe("committed");
    expect([cursor(), due()]).toMatchObject([{ ...first.next, version: 1 }, []]);
    expect(partition.hasUncommitted).toBe(false);
    end(second);
    await partition.commit();
    expect(cursor()).toMatchObject({ ...third.next, version: 2 });
  });

  it("writes nothing where nothing is over", async () => {
    const { partition, take, cursor } = await owning(names(2));
    await partition.refill(1);
    take();
    expect([await partition.commit(), cursor()]).toEqual(["committed", undefined]);
  });

  it("makes retries of what failed, due after their wait", async () => {
    const { partition, take, due, clock } = await owning(names(2));
    await partition.refill(1);
    end(take(), 1);
    await partition.commit();
    expect(due()).toMatchObject([
      { kind: "retry", dueMs: clock.nowMs() + 30 * SECOND_MS, spans: [{ attempt: 1 }] },
    ]);
  });

  it("that has to move on puts what runs under leases, and nothing that is over", async () => {
    const { partition, take, cursor, due, untilMs, over } = await owning(names(6));
    await partition.refill(1);
    const [first, second, third] = [take(), take(), take()];
    end(second);
    expect(await partition.commit(untilMs)).toBe("committed");
    expect(cursor()).toMatchObject(third.next);
    expect([first, second, third].map(({ leases }) => leases.length)).toEqual([1, 0, 1]);
    expect(due()).toMatchObject([
      { kind: "lease", dueMs: untilMs },
      { kind: "lease", dueMs: untilMs },
    ]);
    expect(over).toEqual([]);
  });

  it("tells of a delivery that ended while its lease was being written: nobody else would settle it", async () => {
    let atWrite: () => void = () => undefined;
    const { partition, take, untilMs, over } = await owning(names(2), {
      replace: (ports) =>
        portsAround(ports, ({ name }, carryOut) => {
          if (name === "progress.move") atWrite();
          return carryOut();
        }),
    });
    await partition.refill(1);
    const batch = take();
    atWrite = () => end(batch);
    await partition.commit(untilMs);
    expect([batch.leases.length, over]).toEqual([1, [batch]]);
  });

  it("whose answer was lost is found to be carried out, and is made once", async () => {
    let isLost = true;
    const { partition, take, cursor, due } = await owning(names(4), {
      replace: (ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          const answer = await carryOut();
          if (name === "progress.move" && isLost) throw new StorageUnavailable("the test");
          return answer;
        }),
    });
    await partition.refill(1);
    end(take(), 1);
    await expect(partition.commit()).rejects.toMatchObject({ code: "storage-unavailable" });
    isLost = false;
    expect(partition.hasUncommitted).toBe(true);
    expect(await partition.commit()).toBe("committed");
    expect([cursor()?.version, due().length]).toEqual([1, 1]);
    end(take());
    expect([await partition.commit(), cursor()?.version]).toEqual(["committed", 2]);
  });

  it("finds that another owner has moved the head, and then takes nothing more", async () => {
    const { partition, take, cursor, context, subscription, engine } = await owning(names(4));
    await partition.refill(1);
    const batch = take();
    end(batch);
    const head = batch.next.head + 1;
    const others = { head, slotBase: batch.next.slotBase, epoch: 0, version: 1 };
    await engine.progress.move(subscription, { cursor: { partition: 0, next: others } });
    batch.free();
    expect(await partition.commit()).toBe("lost");
    expect([partition.hasNext, partition.hasUncommitted]).toEqual([false, false]);
    expect([cursor(), context.engine.budget.heldBytes]).toEqual([others, 0]);
  });
});

describe("reading ahead", () => {
  it("holds the memory of what it read until it is delivered or dropped", async () => {
    const { partition, take, context } = await owning(names(4));
    await partition.refill(1);
    const { budget } = context.engine;
    const all = budget.heldBytes;
    expect(all).toBeGreaterThan(0);
    take().free();
    expect(budget.heldBytes).toBe(all / 2);
    partition.drop();
    expect([budget.heldBytes, partition.hasNext]).toEqual([0, false]);
  });

  it("waits while others have all the memory, unless it holds nothing itself", async () => {
    const { partition, context } = await owning(names(4), {
      process: { decodedBytes: 100_000, slotCacheBytes: 0 },
    });
    context.engine.budget.account().hold(100_000);
    context.account.hold(1);
    await partition.refill(1);
    expect(partition.hasNext).toBe(false);
    context.account.free(1);
    await partition.refill(1);
    expect(partition.hasNext).toBe(true);
  });

  it("that fails is told of, and rests longer each time", async () => {
    let isSick = true;
    const { partition, clock, failures } = await owning(names(1), {
      replace: (ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          if (isSick && name === "log.read") throw new StorageUnavailable("the test");
          return await carryOut();
        }),
    });
    await partition.refill(1);
    await partition.refill(1);
    expect(failures).toEqual(["reading partition 0"]);
    await clock.advance(250);
    await partition.refill(1);
    expect(failures).toHaveLength(2);
    isSick = false;
    await clock.advance(499);
    await partition.refill(1);
    expect(partition.hasNext).toBe(false);
    await clock.advance(1);
    await partition.refill(1);
    expect(partition.hasNext).toBe(true);
  });
});

it("GIVEN a record of a message that this head has not passed THEN another owner has", async () => {
  const { partition, take } = await owning(names(4));
  await partition.refill(1);
  const batch = take();
  const [first, second] = batch.entries.map(({ offset }) => offset);
  expect(partition.isOvertakenAt(first ?? 0)).toBe(true);
  end(batch);
  await partition.commit();
  expect(partition.isOvertakenAt(second ?? 0)).toBe(false);
  expect(partition.isOvertakenAt((second ?? 0) + 1)).toBe(true);
});
