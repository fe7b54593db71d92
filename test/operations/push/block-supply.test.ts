import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Due } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import type { OwnedBatch } from "../../../lib/operations/push/batch.js";
import { BlockSupply } from "../../../lib/operations/push/block-supply.js";
import { bodiesOf } from "../a-push.js";
import { anOwner, textsOf } from "../an-owner.js";
import { driven, portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const LEASE_MS = 60 * SECOND_MS;
const CLOSE_MS = 2 * SECOND_MS;
const PAUSES = { pauseFromMs: 25, pauseUpToMs: 100 };

type Answer = (carryOut: () => Promise<unknown>) => Promise<unknown>;
const asUsual: Answer = (carryOut) => carryOut();
const conflict: Answer = async () => "conflict";
const sick: Answer = () => Promise.reject(new StorageUnavailable("the test"));

const named = ({ kind, spans }: Due): string => `${kind} ${offsetsIn(spans).length}/${spans[0]?.attempt}`;
const end = (batch: OwnedBatch): OwnedBatch => (batch.free(), Object.assign(batch, { failed: [] }));

/** The supply of a lane that can begin `free` deliveries, of two messages each. */
async function supplying(messages: number, free = 4) {
  /** `take` is for moves of the head, `write` for commits of blocks. */
  const store = { take: asUsual, write: asUsual, takes: 0, writes: 0 };
  const owner = await anOwner({
    replace: (ports) =>
      portsAround(ports, ({ name, args }, carryOut) => {
        if (name !== "progress.move") return carryOut();
        const kind = (args[1] as { cursor?: unknown }).cursor ? "take" : "write";
        store[`${kind}s`]++;
        return store[kind](carryOut);
      }),
  });
  const { clock, context } = owner;
  await owner.publishTo(0, ...bodiesOf(messages));
  const lane = { free, stuckUntilMs: 0, raised: 0, askedFor: -1, isAtWork: false };
  context.signal.raise = () => lane.raised++;
  const [settled, chores]: [OwnedBatch[], Promise<void>[]] = [[], []];
  const flights = {
    settleOver: (batch: OwnedBatch) => settled.push(batch),
    track: (chore: Promise<void>) => chores.push(chore),
    isAheadOf: (head: number) => ((lane.askedFor = head), lane.isAtWork),
  };
  const onStuck = (dueMs: number) => (lane.stuckUntilMs = dueMs);
  const options = { lane: 0, leaseMs: LEASE_MS, free: () => lane.free, onStuck, ...PAUSES };
  const supply = new BlockSupply(context, options, flights);
  const calls = {
    /** The store answers only once the function that this returns is called. */
    hold: (kind: "take" | "write") => {
      let open: () => void = () => undefined;
      const opened = new Promise<void>((resolve) => (open = resolve));
      store[kind] = (carryOut) => opened.then(carryOut);
      return (): Promise<void> => (open(), clock.advance(0));
    },
    /** One whole look, and how long the supply then waits for the next. */
    look: async () => {
      supply.look();
      await clock.advance(0);
      return Math.max(0, supply.lookAtMs - clock.nowMs());
    },
    take: () => supply.take() as OwnedBatch,
    /** A commit so much later, and how many writes there have been then. */
    commit: async (afterMs = 0) => {
      await clock.advance(afterMs);
      supply.commit(clock.nowMs() + LEASE_MS);
      await clock.advance(0);
      return store.writes;
    },
    close: () => supply.close(LEASE_MS, clock.nowMs() + CLOSE_MS),
    /** The leases and retries, such as `lease 4/0`: four messages, no attempt. */
    left: () => owner.due().map(named).sort(),
    heldBytes: () => context.engine.budget.heldBytes,
    /** Whether it hands out nothing more, and has nothing more to write or to keep in memory. */
    isOver: () => !supply.take() && !supply.hasUncommitted && calls.heldBytes() === 0,
  };
  return { ...owner, supply, lane, store, settled, chores, ...calls };
}

/** The same, after its first look. */
async function holding(messages: number, free?: number) {
  const made = await supplying(messages, free);
  await made.look();
  return made;
}

describe("a look of a lane", () => {
  it("takes a block under one lease, and the messages are handed out in their order", async () => {
    const { supply, look, take, left, due, clock } = await supplying(5);
    expect([supply.take(), supply.canStart, supply.hasUncommitted]).toEqual([undefined, true, false]);
    expect(await look()).toBe(0);
    expect([left(), due()[0]?.dueMs]).toEqual([["lease 5/0"], clock.nowMs() + LEASE_MS]);
    expect([supply.canStart, supply.isDry, supply.hasUncommitted]).toEqual([true, false, true]);
    expect([take(), take(), take()].map(textsOf)).toEqual([["m0", "m1"], ["m2", "m3"], ["m4"]]);
  });

  it("takes what the lane can begin, but one delivery at least, and a thousand messages at the most", async () => {
    expect((await holding(1_100, 4)).left()).toEqual(["lease 8/0"]);
    expect((await holding(1_100, 0)).left()).toEqual(["lease 2/0"]);
    expect((await holding(1_100, 10_000)).left()).toEqual(["lease 1000/0"]);
  });

  it("GIVEN deliveries began a moment ago THEN it takes as much again beside what the lane can begin", async () => {
    const { look, take, left, lane, clock } = await holding(100, 20);
    for (let count = 0; count < 10; count++) take();
    lane.free = 2;
    await look();
    expect(left()).toEqual(["lease 24/0", "lease 40/0"]);
    await clock.advance(SECOND_MS);
    await look();
    expect(left()).toEqual(["lease 24/0", "lease 4/0", "lease 40/0"]);
  });

  it("GIVEN it is under way THEN room is kept, and no other begins; its session hears of its end", async () => {
    const { supply, look, store, lane, hold, heldBytes, take } = await supplying(1);
    const goOn = hold("take");
    for (let count = 0; count < 2; count++) await look();
    expect([supply.canStart, supply.isDry, supply.lookAtMs]).toEqual([false, false, Infinity]);
    expect([store.takes, lane.raised, heldBytes() > 1_000_000]).toEqual([1, 0, true]);
    await goOn();
    expect([supply.canStart, lane.raised, heldBytes() > 0]).toEqual([true, 1, true]);
    take().free();
    await look();
    expect(heldBytes()).toBe(0);
  });

  it("WHEN it ends at its limit THEN another lane may find more, until a look comes to the end", async () => {
    const { supply, look, store } = await supplying(12);
    const seen = [supply.mayHaveMore];
    for (const answer of [asUsual, conflict, asUsual]) {
      store.take = answer;
      supply.lookAnew();
      await look();
      seen.push(supply.mayHaveMore);
    }
    expect(seen).toEqual([false, true, true, false]);
  });

  it("WHEN it finds nothing THEN the supply is dry once all is taken; the pauses double; anew, it is not", async () => {
    const { supply, look, clock, take } = await holding(2);
    expect([await look(), supply.isDry, supply.canStart]).toEqual([25, false, true]);
    take();
    expect([supply.isDry, supply.canStart]).toEqual([true, false]);
    for (const pauseMs of [50, 100, 100]) {
      await clock.advance(100);
      expect([await look(), supply.isDry, supply.canStart]).toEqual([pauseMs, true, false]);
    }
    supply.lookAnew();
    expect([supply.isDry, supply.canStart]).toEqual([false, true]);
  });

  it("GIVEN lost races THEN it rests a little, and never takes more than it wants", async () => {
    const { supply, look, store, left, clock, failures } = await supplying(60, 1);
    store.take = conflict;
    for (let race = 0; race < 4; race++) {
      expect([(await look()) > 0, supply.isDry, supply.canStart]).toEqual([true, false, false]);
      await clock.advance(SECOND_MS);
    }
    store.take = asUsual;
    await look();
    expect([left(), failures]).toEqual([["lease 2/0"], []]);
  });

  it("WHEN it fails THEN that is told, its memory is free, and it rests", async () => {
    const { look, store, failures, isOver } = await supplying(2);
    store.take = sick;
    expect([await look(), failures, isOver()]).toEqual([250, ["taking a block"], true]);
  });

  it("GIVEN memory is full THEN it takes nothing, and is tried again before long", async () => {
    const { look, store, context, clock } = await supplying(2);
    context.account.hold(context.account.limitBytes);
    expect([await look(), store.takes]).toEqual([50, 0]);
    context.account.free(context.account.limitBytes);
    await clock.advance(50);
    expect([await look(), store.takes]).toEqual([0, 1]);
  });

  it("GIVEN a handler is at work where it begins THEN what it took is left to its deadline", async () => {
    const { look, lane, due, isOver } = await supplying(2);
    lane.isAtWork = true;
    expect([await look(), isOver()]).toEqual([25, true]);
    expect(due()).toMatchObject([{ kind: "lease", spans: [{ from: lane.askedFor }] }]);
  });
});

it("WHEN little of a moment's work is left THEN the next block is taken, and comes after the first", async () => {
  const { supply, take, clock } = await holding(60, 10);
  const first = Array.from({ length: 8 }, take);
  expect(supply.lookAtMs).toBeLessThan(Infinity);
  const ninth = take();
  expect(supply.lookAtMs).toBe(Infinity);
  await clock.advance(0);
  expect([...first, ninth, take(), take()].flatMap(textsOf)).toEqual(bodiesOf(22));
});

describe("a commit of a lane's blocks", () => {
  it("GIVEN nothing is over THEN it writes nothing, but renews the lease after 15 s", async () => {
    const { take, commit, clock, due, lane } = await holding(2);
    take();
    expect([await commit(15 * SECOND_MS - 1), await commit(1), lane.stuckUntilMs]).toEqual([0, 1, 0]);
    expect(due()[0]?.dueMs).toBe(clock.nowMs() + LEASE_MS);
  });

  it("writes what is over in the background, one write of a block at a time, and forgets a whole block", async () => {
    const { supply, look, take, commit, hold, left, lane } = await holding(4, 1);
    const goOn = hold("write");
    end(take());
    expect([await commit(), await commit()]).toEqual([1, 1]);
    await look();
    end(take());
    expect([await commit(), await commit(), supply.hasUncommitted]).toEqual([2, 2, true]);
    const raised = lane.raised;
    await goOn();
    expect([left(), supply.hasUncommitted, lane.raised]).toEqual([[], false, raised + 2]);
  });

  it("GIVEN no delivery has begun for 2 s THEN what waits goes back, and the lane is told until when", async () => {
    const { supply, take, commit, left, lane, due } = await holding(4);
    take();
    expect([await commit(2 * SECOND_MS - 1), lane.stuckUntilMs]).toEqual([0, 0]);
    expect(await commit(1)).toBe(1);
    expect([supply.take(), left()]).toEqual([undefined, ["lease 2/0", "retry 1/0", "retry 1/0"]]);
    expect(due().filter(({ dueMs }) => dueMs === lane.stuckUntilMs)).toHaveLength(2);
  });

  it("WHEN it fails THEN that is told, and it is tried again, after pauses that double until it succeeds", async () => {
    const { take, commit, store, failures, left } = await holding(6);
    end(take());
    store.write = sick;
    expect([await commit(), await commit(99), await commit(1)]).toEqual([1, 1, 2]);
    expect([await commit(199), await commit(1), failures[0]]).toEqual([2, 3, "committing a block"]);
    store.write = asUsual;
    expect([await commit(400), left()]).toEqual([4, ["lease 4/0"]]);
    end(take());
    store.write = sick;
    expect([await commit(), await commit(100)]).toEqual([5, 6]);
  });

  it("GIVEN another has taken the block THEN that is told, and nothing more of it is handed out", async () => {
    const { take, commit, telemetry, engine, subscription, due, isOver } = await holding(6);
    end(take());
    await engine.progress.move(subscription, { remove: due() });
    await commit();
    expect([isOver(), telemetry.events]).toMatchObject([true, [{ name: "block-lost" }]]);
  });
});

describe("WHEN a lane's blocks are closed", () => {
  it("THEN a running commit ends; what runs has its own lease, and what waits goes back", async () => {
    const { take, commit, close, hold, store, left, settled, chores, clock, isOver } = await holding(8);
    const [first, second] = [take(), take()];
    end(first);
    const goOn = hold("write");
    await commit(SECOND_MS);
    const closing = close();
    await clock.advance(0);
    expect(store.writes).toBe(1);
    await Promise.all([goOn(), closing]);
    expect([left(), store.writes]).toEqual([["lease 2/1", ...Array<string>(4).fill("retry 1/0")], 2]);
    second.free();
    expect([isOver(), settled, chores]).toEqual([true, [], []]);
    expect(second.leases[0]?.dueMs).toBe(clock.nowMs() + LEASE_MS);
  });

  it("THEN a delivery that ends while its lease is written is settled by the flights", async () => {
    const { take, close, store, settled } = await holding(2);
    const running = take();
    store.write = (carryOut) => (end(running), carryOut());
    await close();
    expect(settled).toEqual([running]);
  });

  it("THEN a block that a running look still brings goes back too, and the flights wait for that", async () => {
    const { look, close, hold, chores, left, isOver } = await supplying(1);
    const goOn = hold("take");
    await look();
    await close();
    expect([chores.length, left()]).toEqual([1, []]);
    await Promise.all([goOn(), ...chores]);
    expect([left(), isOver()]).toEqual([["retry 1/0"], true]);
  });

  it.each([
    ["for a moment THEN it is tried again", 250, "retry 1/0", []],
    ["to the end THEN that is told in time", 5_000, "lease 1/0", ["committing a block"]],
  ])("GIVEN a store that fails %s", async (_, sickMs, record, told) => {
    const { close, store, clock, left, failures, isOver } = await holding(1);
    store.write = sick;
    const fromMs = clock.nowMs();
    const closing = close().then(() => clock.nowMs() - fromMs);
    await clock.advance(sickMs);
    store.write = asUsual;
    expect(await driven(clock, closing)).toBeLessThanOrEqual(CLOSE_MS);
    expect([left(), failures, isOver()]).toEqual([[record], told, true]);
  });
});
