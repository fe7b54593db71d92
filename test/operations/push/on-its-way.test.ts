import { laneName } from "../../../lib/domain/lane.js";
import type { Doorbell, PumpStart } from "../../../lib/domain/pump-start.js";
import { nextOffset } from "../../../lib/domain/slot.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { dispatch } from "../../../lib/operations/push/dispatch.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { aPush, publishMany, refOf, running } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const FEW_MS = 20;
/** What a cold start takes on a busy machine. */
const COLD_MS = 900;

/** A topic in which messages come one by one, each with its doorbell at the same dispatcher. */
async function aBurst(ordering: "none" | "key" = "none") {
  const push = await aPush({}, { partitions: 1, ordering });
  const { clock, engine, starter, storage } = push;
  const asked: string[] = [];
  const dispatcher = push.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const outcome = await carryOut();
      if (name === "locks.call") asked.push(`${String(args[0])} ${String(outcome)}`);
      return outcome;
    }),
  );
  let bell: Doorbell | undefined;
  storage.onAppend((rung) => (bell = rung));
  const ring = async (by = dispatcher): Promise<void> => {
    await publishMany(engine, 1);
    const tail = await engine.log.tail({ topic: push.subscription.topic, partition: 0 });
    if (bell && tail) await dispatch(by, [{ ...bell, end: nextOffset(tail) }]);
  };
  const ringOften = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      await ring();
      await clock.advance(FEW_MS);
    }
  };
  const begin = async (start: PumpStart): Promise<void> =>
    await driven(clock, pump(push.process(), start, { deadlineMs: clock.nowMs() + 15 * MINUTE_MS }));
  const takeStarts = (): readonly PumpStart[] => starter.startedPumps.splice(0);
  return { ...push, dispatcher, asked, ring, ringOften, begin, takeStarts };
}

const theOnly = (starts: readonly PumpStart[]): PumpStart => {
  const [start] = starts;
  if (!start || starts.length > 1) throw new Error(`${starts.length} pumps were started`);
  return start;
};

describe("doorbells that ring while a pump is on its way", () => {
  it.each(["none", "key"] as const)(
    "start no other: word in its lane tells it to look at everything (ordering: %s)",
    async (ordering) => {
      // GIVEN
      const { ringOften, takeStarts, begin, asked, done } = await aBurst(ordering);
      await ringOften(COLD_MS / FEW_MS);
      const start = theOnly(takeStarts());
      expect(asked).toHaveLength(1);
      // WHEN
      await begin(start);
      // THEN
      expect(done).toHaveLength(COLD_MS / FEW_MS);
    },
  );

  it("start another one once the first has come and gone", async () => {
    const { ring, takeStarts, begin, done } = await aBurst();
    for (const count of [1, 2, 3]) {
      await ring();
      await begin(theOnly(takeStarts()));
      expect(done).toHaveLength(count);
    }
  });

  it("start another one if it has come and gone between the look at its lane and the word", async () => {
    // GIVEN a pump that comes just before the word is left
    const { ring, takeStarts, begin, process, subscription } = await aBurst();
    let early: PumpStart | undefined;
    const dispatcher = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name !== "locks.call" || !early) return await carryOut();
        const start = early;
        early = undefined;
        await begin(start);
        return await carryOut();
      }),
    );
    await ring(dispatcher);
    early = theOnly(takeStarts());
    // WHEN
    await ring(dispatcher);
    // THEN
    expect(early).toBeUndefined();
    expect(takeStarts().map(({ subscription: { name } }) => name)).toEqual([subscription.name]);
  });

  it("start another one if it has not come after two seconds, by which what is waiting is delivered", async () => {
    // GIVEN a start that is lost
    const { clock, ringOften, ring, takeStarts, begin, done } = await aBurst();
    await ringOften(5);
    theOnly(takeStarts());
    // WHEN
    await clock.advance(2_000);
    await ring();
    await begin(theOnly(takeStarts()));
    // THEN
    expect(done).toHaveLength(6);
  });

  it("leave word once, of which other processes know for two seconds", async () => {
    // GIVEN word in the lane, and a process that has answered a doorbell before
    const { clock, ring, takeStarts, process, asked, subscription } = await aBurst();
    const other = process();
    const ringOther = async (): Promise<number> => {
      other.caches.rungAtMs.set(subscription.topic.uid, clock.nowMs());
      await ring(other);
      return takeStarts().length;
    };
    await ring();
    await ring();
    theOnly(takeStarts());
    // WHEN, THEN
    await clock.advance(1_000);
    expect(await ringOther()).toBe(0);
    await clock.advance(1_000);
    expect(await ringOther()).toBe(1);
    expect(asked).toHaveLength(1);
  });

  it("do not count on a pump if its lane may have been taken since, as far as the clocks can tell", async () => {
    // GIVEN a lane that was taken a minute ago, by a clock that may be behind
    const { clock, engine, ring, takeStarts, subscription } = await aBurst();
    const lane = laneName(refOf(subscription));
    await engine.locks.acquire(lane, "before", clock.nowMs() - MINUTE_MS, clock.nowMs());
    await engine.locks.release(lane, "before");
    // WHEN
    for (let time = 0; time < 5; time++) await ring();
    // THEN the second one knows, and the others count on it
    expect(takeStarts()).toHaveLength(2);
  });
});

describe("what does not ring", () => {
  it("starts a pump although another one is on its way: the end of a pause, say", async () => {
    const { ring, takeStarts, engine } = await aBurst();
    await ring();
    await ring();
    await changeSubscription(engine, "orders", "ship", { paused: true });
    theOnly(takeStarts());
    await changeSubscription(engine, "orders", "ship", { paused: false });
    expect(takeStarts()).toHaveLength(1);
  });

  it("makes up within two minutes for a start that is lost, though doorbells counted on it", async () => {
    // GIVEN
    const burst = await aBurst();
    await burst.ringOften(5);
    theOnly(burst.takeStarts());
    // WHEN
    const play = running(burst, { rings: false });
    await burst.clock.advance(2 * MINUTE_MS);
    play.stop();
    // THEN
    expect(burst.done).toHaveLength(5);
  });
});
