import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Lease } from "../../../lib/domain/progress/records.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import type { LeasedBatch, OwnedBatch } from "../../../lib/operations/push/batch.js";
import { Flights } from "../../../lib/operations/push/flights.js";
import { aHanded } from "../../adapters/lambda/a-handed.js";
import { aLease, aSpan } from "../../contract/builders.js";
import { allDone, aPush, failing, retryAfter } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** The longest that a handler runs, and what two clocks differ by. */
const HANDLER_OVER_MS = 16 * MINUTE_MS;
const nothing = (): void => undefined;

/** A pump's flights, with a quarter of an hour, and handlers that take as long as the test says. */
async function flying(replace: (ports: Ports) => Partial<Ports> = () => ({}), handlerMs = SECOND_MS) {
  const push = await aPush(retryAfter(30));
  const { clock, engine, subscription, storage } = push;
  push.answerWith(async () => {
    await clock.sleep(handlerMs);
    return allDone;
  });
  const reader = await findSubscription(engine, "orders", "ship");
  const startMs = clock.nowMs();
  const deadlineMs = startMs + 15 * MINUTE_MS;
  const flights = new Flights(push.process(replace), deadlineMs);
  /** Messages of the log, by their offsets, under a lease that has just been taken. */
  const leased = async (from: number, to: number, more: Partial<Lease> = {}) => {
    const lease = aLease({ spans: [aSpan(from, to)], dueMs: startMs + MINUTE_MS, ...more });
    await engine.progress.move(subscription, { put: [lease] });
    let freed = 0;
    const handed = Array.from({ length: to - from }, (_, at) =>
      aHanded({ id: `m${from + at}`, offset: from + at }),
    );
    const batch: LeasedBatch = { kind: "leased", reader, leases: [lease], handed, free: () => freed++ };
    return { batch, lease, freed: () => freed };
  };
  const owned = async (from: number, to: number) => {
    const { batch, lease } = await leased(from, to);
    const entries = batch.handed.map(({ offset, publishedAtMs }) => ({
      offset,
      publishedAtMs,
      slotBase: from,
    }));
    const run: OwnedBatch = {
      ...batch,
      kind: "owned",
      attempt: 1,
      leases: [],
      entries,
      handedOutAtMs: startMs,
      failed: undefined,
    };
    return { batch: run, lease };
  };
  const due = () => [...storage.progress.values()].flatMap((progress) => [...progress.due.values()]);
  const delivered = () => push.deliveries.map(({ messages }) => messages.map(({ id }) => id));
  return { ...push, reader, flights, startMs, deadlineMs, leased, owned, due, delivered };
}

type Flying = Awaited<ReturnType<typeof flying>>;

describe("a delivery", () => {
  it("WHEN its handler ends THEN its leases are settled, its memory is free, and its session hears of it", async () => {
    const { flights, leased, due, clock, delivered } = await flying();
    const { batch, freed } = await leased(0, 2);
    let isOver = false;
    flights.start(batch, "fresh", () => (isOver = true));
    await clock.advance(SECOND_MS - 1);
    expect([flights.count, flights.countOf("fresh"), flights.countOf("due")]).toEqual([1, 1, 0]);
    expect([isOver, freed(), due().length]).toEqual([false, 0, 1]);
    const waiting = flights.signal.wait(MINUTE_MS).then(() => clock.nowMs());
    await clock.advance(1);
    expect([isOver, freed(), due(), flights.count]).toEqual([true, 1, [], 0]);
    expect(await waiting).toBe(clock.nowMs());
    expect(delivered()).toEqual([["m0", "m1"]]);
  });

  it("WHEN some of it fails THEN these are due again after their wait, and the others are done", async () => {
    const { flights, leased, due, clock, answerWith } = await flying();
    answerWith(async (messages) => failing(messages.slice(1)));
    const { batch } = await leased(0, 3);
    flights.start(batch, "fresh", nothing);
    await clock.advance(0);
    expect(due()).toMatchObject([
      { kind: "retry", dueMs: clock.nowMs() + 30 * SECOND_MS, spans: [{ from: 1, to: 3 }] },
    ]);
  });

  it("WHEN it holds no lease THEN its owner is told what failed, and nothing is written", async () => {
    const { flights, owned, clock, answerWith, due } = await flying();
    answerWith(async (messages) => failing(messages.slice(0, 1)));
    const { batch } = await owned(0, 2);
    const before = due();
    flights.start(batch, "fresh", nothing);
    await clock.advance(0);
    const [first] = batch.entries;
    const error = "partial batch failure";
    const failures = [{ kind: "failed", atMs: clock.nowMs(), attempt: 1, error }];
    expect(batch.failed).toEqual([{ ...first, charged: 1, lastError: error, failures }]);
    expect(due()).toEqual(before);
    // Their bodies need no memory until the head has passed them.
    expect(batch.handed).toEqual([]);
  });

  it("WHEN the head passes it while it runs THEN its new lease is settled as it ends", async () => {
    const { flights, owned, clock, due } = await flying();
    const { batch, lease } = await owned(0, 2);
    flights.start(batch, "fresh", nothing);
    const noted = [{ leaseId: lease.id, untilMs: 1 }];
    expect([flights.othersOf(noted), flights.stragglers()]).toEqual([noted, []]);
    batch.leases = [lease];
    expect(flights.othersOf(noted)).toEqual([]);
    await clock.advance(SECOND_MS);
    expect([batch.failed, due()]).toEqual([[], []]);
  });

  it("WHEN the head passes it just as it has ended THEN its lease is settled with what it failed by", async () => {
    const { flights, owned, clock, due } = await flying();
    const { batch, lease } = await owned(0, 2);
    batch.failed = batch.entries.slice(1);
    batch.delivered = new Map([[1, { blame: "charged", error: "it threw" }]]);
    batch.leases = [lease];
    flights.settleOver(batch);
    await clock.advance(0);
    expect(due()).toMatchObject([
      { kind: "retry", spans: [{ from: 1, to: 2, charged: 1, lastError: "it threw" }] },
    ]);
  });

  it("WHEN due messages fail THEN nothing heals until due ones succeed, whatever new ones do", async () => {
    const { flights, leased, clock, answerWith } = await flying();
    const fly = async (kind: "due" | "fresh", isFailing: boolean, at: number): Promise<boolean> => {
      answerWith(async (messages) => (isFailing ? failing(messages) : allDone));
      flights.start((await leased(at, at + 1)).batch, kind, nothing);
      await clock.advance(0);
      return flights.isHealing;
    };
    expect(flights.isHealing).toBe(true);
    expect(await fly("fresh", true, 0)).toBe(true);
    expect(await fly("due", true, 1)).toBe(false);
    expect(await fly("fresh", false, 2)).toBe(false);
    expect(await fly("due", false, 3)).toBe(true);
  });

  it("WHEN its outcome cannot be written at first THEN that is tried until it is", async () => {
    let failures = 0;
    const { flights, leased, clock, due } = await flying((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "progress.finish" && failures++ < 3) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    flights.start((await leased(0, 1)).batch, "fresh", nothing);
    await clock.advance(10 * SECOND_MS);
    expect([failures, due()]).toEqual([4, []]);
  });
});

describe("GIVEN a handler at work WHEN its messages are taken once more", () => {
  it("THEN they are not delivered again, and their new lease shares its outcome", async () => {
    const { flights, leased, clock, due, delivered } = await flying();
    flights.start((await leased(0, 3)).batch, "fresh", nothing);
    const again = await leased(1, 3);
    expect([flights.takesOver(again.batch), again.freed()]).toEqual([true, 1]);
    await clock.advance(SECOND_MS);
    expect([delivered().length, due(), flights.count]).toEqual([1, [], 0]);
  });

  it("THEN a batch with others too is handed back, and comes again at once", async () => {
    const { flights, leased, clock, due, startMs } = await flying();
    flights.start((await leased(0, 3)).batch, "fresh", nothing);
    const again = await leased(2, 4);
    expect([flights.takesOver(again.batch), again.freed()]).toEqual([true, 1]);
    await clock.advance(0);
    expect(due()).toContainEqual(
      expect.objectContaining({ kind: "retry", spans: [expect.objectContaining({ from: 2, to: 4 })] }),
    );
    expect(due().find(({ kind }) => kind === "retry")?.dueMs).toBeLessThanOrEqual(startMs + SECOND_MS);
  });

  it("THEN others are no business of it", async () => {
    const { flights, leased } = await flying();
    flights.start((await leased(0, 3)).batch, "fresh", nothing);
    expect(flights.takesOver((await leased(3, 5)).batch)).toBe(false);
  });

  it("THEN after a seek they are delivered again, as was asked", async () => {
    const { flights, leased, reader } = await flying();
    flights.start((await leased(0, 3)).batch, "fresh", nothing);
    const { batch } = await leased(0, 3, { epoch: 1 });
    const sought = { ...reader, subscription: { ...reader.subscription, epoch: 1 } };
    expect(flights.takesOver({ ...batch, reader: sought })).toBe(false);
  });
});

it("GIVEN a handler at work on three messages THEN it is ahead of a head up to the last of them", async () => {
  const { flights, leased, clock, subscription } = await flying();
  flights.start((await leased(5, 8)).batch, "fresh", nothing);
  const aheadOf = (head: number, partition = 0, epoch = 0) =>
    flights.isAheadOf(head, partition, { ...subscription, epoch });
  expect([aheadOf(0), aheadOf(7), aheadOf(8), aheadOf(0, 1), aheadOf(0, 0, 1)]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  await clock.advance(SECOND_MS);
  expect(aheadOf(0)).toBe(false);
});

describe("leases of running deliveries", () => {
  const dueMsOf = ({ due }: Flying): number => due()[0]?.dueMs ?? 0;

  it("GIVEN a handler of ten minutes THEN its lease never runs out, though two renewals in a row fail", async () => {
    let extended = 0;
    const made = await flying(
      (ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          if (name === "progress.extend" && ++extended % 4 >= 2) throw new StorageUnavailable("the test");
          return await carryOut();
        }),
      10 * MINUTE_MS,
    );
    void made.flights.keepLeases();
    made.flights.start((await made.leased(0, 1)).batch, "fresh", nothing);
    for (let second = 0; second < 599; second++) {
      await made.clock.advance(SECOND_MS);
      expect(dueMsOf(made)).toBeGreaterThan(made.clock.nowMs());
    }
    await made.clock.advance(SECOND_MS);
    expect([made.due(), made.done.length]).toEqual([[], 1]);
    expect(made.telemetry.events.filter(({ name }) => name === "lease-not-renewed").length).toBeGreaterThan(
      2,
    );
  });

  it("GIVEN a pump that is nearly over THEN the last renewal lasts until the handler must be over", async () => {
    const made = await flying(undefined, 14 * MINUTE_MS);
    const { flights, clock, leased, startMs, deadlineMs } = made;
    void flights.keepLeases();
    await clock.advance(5 * MINUTE_MS);
    const { batch, lease } = await leased(0, 1, { dueMs: clock.nowMs() + MINUTE_MS });
    flights.start(batch, "fresh", nothing);
    await clock.advance(deadlineMs - clock.nowMs() - SECOND_MS);
    const untilMs = startMs + 5 * MINUTE_MS + HANDLER_OVER_MS;
    expect(dueMsOf(made)).toBe(untilMs);
    expect(flights.stragglers()).toEqual([{ leaseId: lease.id, untilMs }]);
  });
});

describe("GIVEN a pump that ends", () => {
  it("WHEN deliveries and other work are under way THEN it waits for them, and not a moment longer", async () => {
    const { flights, leased, clock, startMs } = await flying(undefined, 5 * SECOND_MS);
    flights.start((await leased(0, 1)).batch, "fresh", nothing);
    flights.track(clock.sleep(8 * SECOND_MS));
    const over = flights.over().then(() => clock.nowMs() - startMs);
    await clock.advance(MINUTE_MS);
    expect(await over).toBe(8 * SECOND_MS);
  });

  it("WHEN a handler outlasts it THEN it ends in time all the same, and the lease outlasts the handler", async () => {
    const { flights, leased, clock, startMs, deadlineMs, due } = await flying(undefined, 20 * MINUTE_MS);
    flights.start((await leased(0, 1)).batch, "fresh", nothing);
    await driven(clock, flights.over(), HANDLER_OVER_MS);
    expect(clock.nowMs()).toBeLessThan(deadlineMs);
    expect(due()[0]?.dueMs).toBeGreaterThanOrEqual(startMs + HANDLER_OVER_MS);
  });

  it("WHEN other work failed in the store THEN that is told; a bug is thrown", async () => {
    const { flights, clock, telemetry } = await flying();
    flights.track(Promise.reject(new StorageUnavailable("the test")));
    await clock.advance(0);
    expect(telemetry.events).toMatchObject([{ name: "delivery-not-settled", level: "error" }]);
    await flights.over();
    flights.track(Promise.reject(new TypeError("a bug")));
    await clock.advance(0);
    await expect(flights.over()).rejects.toThrow("a bug");
  });
});
