import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { serveTimers } from "../../../lib/operations/clock/timers.js";
import {
  CLOCK_BEGINS_WITHIN_MS,
  TIMERS_LOCK,
  startIdleClock,
} from "../../../lib/operations/push/start-clock.js";
import { aPush, refOf } from "../a-push.js";
import { aDeployment, aTimedDeployment } from "../a-deployment.js";
import { driven, portsAround, slow } from "../ports-around.js";

const MINUTE_MS = 60_000;

describe("starting a clock", () => {
  it("is done once by many who set timers at the same moment, in different processes", async () => {
    // GIVEN
    const deployment = aTimedDeployment();
    const random = seededRandom(7);
    const processes = Array.from({ length: 20 }, () => deployment.process(slow(deployment.clock, random)));
    // WHEN
    await driven(deployment.clock, Promise.all(processes.map(startIdleClock)));
    // THEN
    expect(deployment.starter.startedClocks).toHaveLength(1);
  });

  it("is not done while one is at work, and done once it has let go", async () => {
    const { process, starter, clock } = aDeployment();
    const engine = process();
    await engine.locks.acquire(TIMERS_LOCK, "one", clock.nowMs(), clock.nowMs() + MINUTE_MS);
    await startIdleClock(engine);
    expect(starter.startedClocks).toEqual([]);
    await engine.locks.release(TIMERS_LOCK, "one");
    await startIdleClock(engine);
    expect(starter.startedClocks).toHaveLength(1);
  });

  it("is done again for the next timer where the clock that was started never came", async () => {
    const { process, starter, clock } = aDeployment();
    const engine = process();
    await startIdleClock(engine);
    clock.advance(CLOCK_BEGINS_WITHIN_MS - 1);
    await startIdleClock(engine);
    expect(starter.startedClocks).toHaveLength(1);
    clock.advance(1);
    await startIdleClock(engine);
    expect(starter.startedClocks).toHaveLength(2);
  });

  it("that fails leaves the lock to the next one", async () => {
    const { process, starter } = aDeployment();
    const engine = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "starter.startClock") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await expect(startIdleClock(engine)).rejects.toMatchObject({ code: "storage-unavailable" });
    await startIdleClock(process());
    expect(starter.startedClocks).toHaveLength(1);
  });

  it("gives the clock the lock that was taken for it, and one that comes late finds it taken", async () => {
    // GIVEN
    const push = await aPush();
    const { subscription } = refOf(push.subscription);
    await push.engine.timers.set({ kind: "wake-up", dueMs: push.clock.nowMs(), subscription });
    await startIdleClock(push.engine);
    const [owner = ""] = push.starter.startedClocks;
    const deadlineMs = push.clock.nowMs() + MINUTE_MS;
    // WHEN another one comes first
    await serveTimers(push.process(), { deadlineMs });
    expect(push.starter.startedPumps).toEqual([]);
    await driven(push.clock, serveTimers(push.process(), { deadlineMs, owner }));
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(await push.engine.locks.heldUntilMs(TIMERS_LOCK)).toBeUndefined();
  });
});
