import { StorageUnavailable } from "../../../lib/domain/errors.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { keepRoster, pushedTo } from "../../../lib/operations/push/roster.js";
import { type Push, aPush } from "../a-push.js";
import { type Around, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const FEW = 3;

/** A topic with three push subscriptions and one that pulls, and new processes that look for the former. */
async function aTopic(rosterFrom = FEW) {
  const push = await aPush();
  const { target } = push.subscription;
  for (const name of ["bill", "track"]) await putSubscription(push.engine, "orders", name, { target });
  await putSubscription(push.engine, "orders", "pulls", {});
  const reads: string[] = [];
  const aProcess = (around: Around = (_, carryOut) => carryOut()) =>
    push.process(
      (ports) =>
        portsAround(ports, async (call, carryOut) => {
          const [port, method = ""] = call.name.split(".");
          if (port === "subscriptions") reads.push(method);
          return await around(call, carryOut);
        }),
      { rosterFrom },
    );
  /** Which subscriptions a process finds, and by which calls of the store. */
  const find = async (process = aProcess()) => {
    reads.length = 0;
    const counted = await process.topics.getCounted("orders");
    if (!counted) throw new Error("the topic is gone");
    const found = await pushedTo(process, counted);
    await keepRoster(process, counted.topic, found);
    return { names: found.subscriptions.map(({ name }) => name), reads: [...reads], found };
  };
  return { ...push, aProcess, find };
}

const pause = ({ engine }: Push, name: string) =>
  changeSubscription(engine, "orders", name, { paused: true });

describe("a topic's push subscriptions", () => {
  it("are listed once, and then come from the roster in any other process", async () => {
    const { find } = await aTopic();
    const all = ["bill", "ship", "track"];
    expect(await find()).toMatchObject({ names: all, reads: ["roster", "list", "keepRoster"] });
    for (let time = 0; time < 3; time++)
      expect(await find()).toMatchObject({ names: all, reads: ["roster"] });
  });

  it("are as the list has them, whether they come from the roster or not", async () => {
    const { find } = await aTopic();
    const [listed, kept] = [await find(), await find()];
    expect(kept.found.subscriptions).toEqual(listed.found.subscriptions);
  });

  it("are known to a process until one of them changes", async () => {
    const push = await aTopic();
    const process = push.aProcess();
    await push.find(process);
    expect((await push.find(process)).reads).toEqual([]);
    await pause(push, "pulls");
    expect((await push.find(process)).reads).toEqual(["roster", "list"]);
  });

  it("are always listed where there are only a few", async () => {
    const { find } = await aTopic(5);
    for (let time = 0; time < 2; time++) expect((await find()).reads).toEqual(["list"]);
  });

  it.each([
    [
      "made",
      (push: Push) => putSubscription(push.engine, "orders", "a", { target: push.subscription.target }),
      ["a", "bill", "ship", "track"],
    ],
    ["deleted", (push: Push) => deleteSubscription(push.engine, "orders", "bill"), ["ship", "track"]],
  ] as const)("GIVEN a roster WHEN one is %s THEN it is believed no more", async (_, change, names) => {
    const push = await aTopic();
    await push.find();
    await change(push);
    expect(await push.find()).toMatchObject({ names, reads: ["roster", "list"] });
  });

  it("GIVEN one changes while they are listed THEN the list counts as the older one", async () => {
    // GIVEN
    const push = await aTopic();
    const process = push.aProcess(async ({ name }, carryOut) => {
      const listed = await carryOut();
      if (name === "subscriptions.list") await pause(push, "bill");
      return listed;
    });
    await push.find(process);
    // WHEN
    const { found, reads } = await push.find();
    // THEN
    expect(reads).toContain("list");
    expect(found.subscriptions.find(({ name }) => name === "bill")).toMatchObject({ paused: true });
  });

  it("GIVEN changes one after the other THEN a roster is kept once a minute", async () => {
    const push = await aTopic();
    const kept: boolean[] = [];
    for (const [afterMs, name] of [
      [0, "bill"],
      [MINUTE_MS - 1, "ship"],
      [1, "track"],
    ] as const) {
      await push.clock.advance(afterMs);
      kept.push((await push.find()).reads.includes("keepRoster"));
      await pause(push, name);
    }
    expect(kept).toEqual([true, false, true]);
  });

  it.each([["roster"], ["keepRoster"]])(
    "GIVEN a store that fails %s THEN that is told, and they are found",
    async (method) => {
      const push = await aTopic();
      const process = push.aProcess(async ({ name }, carryOut) => {
        if (name === `subscriptions.${method}`) throw new StorageUnavailable("the test");
        return await carryOut();
      });
      expect((await push.find(process)).names).toEqual(["bill", "ship", "track"]);
      expect(push.telemetry.events).toContainEqual(
        expect.objectContaining({ name: "roster-failed", level: "warn" }),
      );
    },
  );
});
