import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Straggler } from "../../../lib/domain/lane.js";
import { spanLength } from "../../../lib/domain/progress/spans.js";
import type { PumpHints } from "../../../lib/domain/pump-start.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { append } from "../../../lib/operations/log/append.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import type { LeasedBatch } from "../../../lib/operations/push/batch.js";
import { BlockSupply } from "../../../lib/operations/push/block-supply.js";
import { Flights } from "../../../lib/operations/push/flights.js";
import { LaneKeeper } from "../../../lib/operations/push/lane-keeper.js";
import { OwnedSupply } from "../../../lib/operations/push/owned-supply.js";
import { UNPACED } from "../../../lib/operations/push/pacing.js";
import { suppliesFor } from "../../../lib/operations/push/session-supplies.js";
import type { Supply } from "../../../lib/operations/push/supply.js";
import { aLease, aRetry, aSpan } from "../../contract/builders.js";
import { LANE_WIDTH, aText } from "../a-deployment.js";
import { aPush, refOf } from "../a-push.js";
import { textsOf } from "../an-owner.js";
import { portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const ONE_EACH = { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 };
const SEVERAL_LANES = { maxConcurrency: LANE_WIDTH + 1 };

interface Options {
  readonly settings?: Partial<SubscriptionSettings>;
  readonly topic?: Partial<TopicSettings>;
  readonly width?: number;
  readonly hints?: PumpHints;
  readonly deaths?: number;
  /** Deliveries of an earlier pump that may still run. */
  readonly stragglers?: number;
  readonly around?: (name: string, ports: Ports) => Promise<void>;
}

/** The supplies of a session of lane 0. Each call that they make is kept. */
async function supplied({ width = 10, hints = {}, deaths = 0, stragglers = 0, ...options }: Options = {}) {
  const push = await aPush({ batch: ONE_EACH, ...options.settings }, options.topic);
  const { clock } = push;
  const calls: string[] = [];
  const engine = push.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      calls.push(name);
      await options.around?.(name, ports);
      return await carryOut();
    }),
  );
  const reader = await findSubscription(push.engine, "orders", "ship");
  const deadlineMs = clock.nowMs() + 600 * SECOND_MS;
  const flights = new Flights(engine, deadlineMs);
  const others = Array.from({ length: stragglers }, (): Straggler => ({
    leaseId: aLease().id,
    untilMs: deadlineMs,
  }));
  const lane = { ref: refOf(push.subscription), owner: "this session" };
  const keeper = new LaneKeeper(engine, reader, lane, others, deadlineMs, flights.signal, () => true);
  const failures: string[] = [];
  const limits = { lane: 0, drainAtMs: deadlineMs, deadlineMs };
  const context = { engine, reader, flights, keeper, pacing: UNPACED, hints, deaths, ...limits };
  const { due, fresh } = suppliesFor(context, { width }, (what) => failures.push(what));
  const publishTo = (partition: number, ...texts: readonly string[]) =>
    append(
      push.engine,
      reader.topic,
      texts.map((text) => aText(text)),
      () => partition,
    );
  /** Publishes messages of which each has failed by itself. */
  const fail = async (...texts: readonly string[]): Promise<void> => {
    const { slot } = await publishTo(0, ...texts);
    const { base: slotBase, publishedAtMs } = slot;
    const failed = texts.map((_, at) =>
      aRetry({
        dueMs: clock.nowMs(),
        spans: [aSpan(slotBase + at, slotBase + at + 1, { slotBase, publishedAtMs })],
      }),
    );
    for (const retry of failed) await push.engine.progress.move(reader.subscription, { put: [retry] });
  };
  const look = async (supply: Supply): Promise<void> => {
    supply.look();
    await clock.advance(0);
  };
  /** One look for due messages, and what it brought. */
  const takeDue = async (): Promise<LeasedBatch> => {
    await look(due);
    const batch = due.take();
    if (batch?.kind !== "leased") throw new Error("nothing is due");
    return batch;
  };
  const records = () => [...push.storage.progress.values()].flatMap((progress) => [...progress.due.values()]);
  /** The number of messages in each lease or retry. */
  const leased = () => records().map(({ spans }) => spanLength(spans));
  return { ...push, due, fresh, flights, calls, failures, publishTo, fail, look, takeDue, records, leased };
}

describe("new messages", () => {
  it.each([
    ["a single lane", "its own heads", OwnedSupply, { settings: { maxConcurrency: LANE_WIDTH } }],
    ["several lanes", "blocks", BlockSupply, { settings: SEVERAL_LANES }],
    ["ordering", "its own heads", OwnedSupply, { settings: SEVERAL_LANES, topic: { ordering: "key" } }],
  ] as const)("GIVEN %s THEN come from %s", async (_given, _from, kind, options) => {
    const { fresh, look, publishTo } = await supplied(options);
    await publishTo(0, "a0");
    await look(fresh);
    expect(fresh).toBeInstanceOf(kind);
    expect(textsOf(fresh.take())).toEqual(["a0"]);
  });

  it("GIVEN a single lane THEN owners that died make it careful, and the news say where to look", async () => {
    const { fresh, look, publishTo } = await supplied({
      deaths: 1,
      hints: { news: [{ partition: 1, end: 1 }] },
    });
    await publishTo(0, "a0");
    await publishTo(1, "b0");
    await look(fresh);
    expect(fresh).toMatchObject({ isCareful: true });
    expect([textsOf(fresh.take()), fresh.take()]).toEqual([["b0"], undefined]);
  });

  it("GIVEN several lanes THEN a block holds what can begin beside what runs, of others too", async () => {
    // GIVEN
    const made = await supplied({ settings: SEVERAL_LANES, width: 5, stragglers: 2 });
    const { fresh, look, flights, publishTo, leased, clock } = made;
    await publishTo(0, ...Array.from({ length: 20 }, (_, at) => `a${at}`));
    await look(fresh);
    expect(leased()).toEqual([3]);
    // WHEN one of them is at work, and the others were dropped long ago
    made.answerWith(() => new Promise(() => undefined));
    const [first] = [fresh.take(), fresh.take(), fresh.take()];
    if (first) flights.start(first, "fresh", () => undefined);
    await clock.advance(SECOND_MS);
    await look(fresh);
    // THEN
    expect([flights.count, leased().at(-1)]).toEqual([1, 2]);
  });

  it("GIVEN a block without room for long WHEN it is given back THEN it is looked for as it is due", async () => {
    const { due, fresh, look, publishTo, clock } = await supplied({ settings: SEVERAL_LANES });
    await publishTo(0, "a0");
    await look(fresh);
    await clock.advance(2 * SECOND_MS);
    await look(due);
    if (fresh instanceof BlockSupply) fresh.commit(clock.nowMs() + 60 * SECOND_MS);
    expect([due.isDry, due.canStart, due.lookAtMs - clock.nowMs()]).toEqual([true, false, SECOND_MS]);
    await clock.advance(SECOND_MS);
    await look(due);
    expect(textsOf(due.take())).toEqual(["a0"]);
  });

  it("GIVEN several lanes THEN looks in vain pause for longer each time, up to half a second", async () => {
    const { fresh, look, clock } = await supplied({ settings: SEVERAL_LANES });
    const pauses: number[] = [];
    for (let count = 0; count < 7; count++) {
      await look(fresh);
      pauses.push(fresh.lookAtMs - clock.nowMs());
      await clock.advance(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([25, 50, 100, 200, 400, 500, 500]);
  });

  it("GIVEN several lanes THEN are under a lease for the whole deadline", async () => {
    const made = await supplied({ settings: { ...SEVERAL_LANES, ackDeadlineSeconds: 120 } });
    await made.publishTo(0, "a0");
    await made.look(made.fresh);
    const [lease] = made.records();
    expect((lease?.dueMs ?? 0) - made.clock.nowMs()).toBe(120 * SECOND_MS);
  });
});

describe("due messages", () => {
  it.each([
    [30, 60],
    [120, 120],
  ])(
    "GIVEN a deadline of %i s THEN come a delivery at a time, under a lease of %i s",
    async (deadline, lease) => {
      const made = await supplied({
        settings: {
          ackDeadlineSeconds: deadline,
          batch: { maxMessages: 2, maxBytes: 1_024, windowSeconds: 0 },
        },
      });
      await made.fail("a0", "a1", "a2");
      const { handed, leases } = await made.takeDue();
      expect(handed.map(({ attempt }) => attempt)).toEqual([2, 2]);
      expect(leases.map(({ dueMs }) => dueMs - made.clock.nowMs())).toEqual([lease * SECOND_MS]);
    },
  );

  it("GIVEN none THEN are looked for once a second", async () => {
    const { due, look, clock } = await supplied();
    for (let count = 0; count < 3; count++) {
      await look(due);
      expect([due.isDry, due.lookAtMs - clock.nowMs()]).toEqual([true, SECOND_MS]);
      await clock.advance(SECOND_MS);
    }
  });

  it("GIVEN a single lane without records THEN the first look needs no look of its own, the next does", async () => {
    const { due, look, calls } = await supplied();
    await look(due);
    expect([due.isDry, calls]).toEqual([true, ["progress.standing"]]);
    await look(due);
    expect(calls).toEqual(["progress.standing", "progress.due"]);
  });

  it("GIVEN several lanes THEN each look is at the due records: another lane may have put some there", async () => {
    const { due, look, calls } = await supplied({ settings: SEVERAL_LANES });
    await look(due);
    expect([due.isDry, calls]).toEqual([true, ["progress.due"]]);
  });

  it("GIVEN a look that fails THEN the session is told", async () => {
    const { due, look, failures } = await supplied({
      around: async () => {
        throw new StorageUnavailable("the test");
      },
    });
    await look(due);
    expect(failures).toEqual(["taking messages"]);
  });

  it.each([
    [1, 1],
    [4, 1],
    [10, 3],
    [1_000, 32],
  ])("GIVEN a lane %i wide THEN up to %i looks for them are at a time", async (width, looks) => {
    const { due, fail, takeDue } = await supplied({ width });
    await fail(...Array.from({ length: 45 }, (_, at) => `a${at}`));
    for (let count = 0; count < 40; count++) await takeDue();
    let begun = 0;
    for (; due.canStart; begun++) due.look();
    expect(begun).toBe(looks);
  });
});
