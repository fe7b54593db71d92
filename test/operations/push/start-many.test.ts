import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { laneName } from "../../../lib/domain/lane.js";
import type { PumpStart } from "../../../lib/domain/pump-start.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import { startMany } from "../../../lib/operations/push/start-many.js";
import { aSubscription } from "../../contract/builders.js";
import { aTimedDeployment } from "../a-deployment.js";
import { refOf } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

/** So many subscriptions, and a process that starts their pumps. */
function many(count: number, { fails }: { readonly fails?: (name: string) => boolean } = {}) {
  const deployment = aTimedDeployment();
  const { clock } = deployment;
  const subscriptions = Array.from({ length: count }, (_, index) => aSubscription({ name: `s${index}` }));
  const asked: string[] = [];
  const started: string[] = [];
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === "locks.knock") asked.push(String(args[0]));
      if (name !== "starter.startPump") return await carryOut();
      const { subscription } = args[0] as PumpStart;
      if (fails?.(subscription.name)) throw new StorageUnavailable("the test");
      started.push(subscription.name);
    }),
  );
  const hold = async (some: readonly Subscription[]): Promise<void> => {
    for (const one of some)
      await engine.locks.acquire(
        laneName(refOf(one)),
        "a pump",
        clock.nowMs(),
        clock.nowMs() + 10 * MINUTE_MS,
      );
  };
  /** How many were asked and started, of those that may be at work. */
  const start = async (mayRun = true) => {
    asked.length = 0;
    started.length = 0;
    const failed = await startMany(
      engine,
      subscriptions.map((subscription) => ({ subscription, starting: { mayRun, hints: { gapMs: 1 } } })),
    );
    return {
      asked: asked.length,
      started: started.length,
      failed: failed.map(({ subscription }) => subscription.name),
    };
  };
  return { ...deployment, subscriptions, hold, start };
}

describe("the pumps of many subscriptions", () => {
  it("are all started, and a few of them are asked for first", async () => {
    expect(await many(1_000).start()).toEqual({ asked: 8, started: 1_000, failed: [] });
  });

  it("are not asked for at all where none can be at work", async () => {
    expect(await many(1_000).start(false)).toEqual({ asked: 0, started: 1_000, failed: [] });
  });

  it("are each asked for where there are a few", async () => {
    const { start, hold, subscriptions } = many(8);
    await hold(subscriptions.slice(3, 4));
    expect(await start()).toEqual({ asked: 8, started: 7, failed: [] });
  });

  it("are each asked for while many of them are at work", async () => {
    const { start, hold, subscriptions } = many(200);
    await hold(subscriptions.filter((_, index) => index % 2 === 0));
    expect(await start()).toEqual({ asked: 200, started: 100, failed: [] });
  });

  it("that were at work a moment ago are asked for, beside a few others", async () => {
    // GIVEN all at work, and then only ten of them
    const { start, hold, subscriptions, storage } = many(100);
    await hold(subscriptions);
    expect(await start()).toMatchObject({ asked: 100, started: 0 });
    storage.locks.clear();
    await hold(subscriptions.slice(0, 10));
    // WHEN, THEN
    expect(await start()).toMatchObject({ asked: 100, started: 90 });
    expect(await start()).toMatchObject({ asked: 10 + 8, started: 90 });
  });

  it("are started though some do not start: those are told", async () => {
    const { start } = many(100, { fails: (name) => ["s3", "s77"].includes(name) });
    const { started, failed } = await start();
    expect([started, [...failed].sort()]).toEqual([98, ["s3", "s77"]]);
  });
});
