import { StorageUnavailable, TopicNotFound } from "../../../lib/domain/errors.js";
import { append } from "../../../lib/operations/log/append.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { readMessages } from "../../../lib/operations/read/read-messages.js";
import { type Deployment, START_MS, aText, aTimedDeployment, publishTexts } from "../a-deployment.js";
import { meteredReads, withColdTopic } from "../a-quiet-topic.js";
import { driven, portsAround } from "../ports-around.js";
import { asked, read, readToEnd, shown } from "./a-reader.js";

describe("GIVEN a reader that waits", () => {
  const waiting = async (deployment: Deployment<ReturnType<typeof aTimedDeployment>["clock"]>) => {
    const engine = deployment.process();
    const { value: topic } = await putTopic(engine, "orders", { partitions: 4 });
    return { engine, topic };
  };

  it("WHEN a message comes THEN it is answered, within a second", async () => {
    const deployment = aTimedDeployment();
    const { clock, process } = deployment;
    const { engine, topic } = await waiting(deployment);
    const reading = readMessages(process(), "orders", asked({ from: "latest", waitSeconds: 20 }));
    await clock.advance(9_000);
    await append(engine, topic, [aText("news")], () => 3);
    expect(shown(await driven(clock, reading))).toEqual(["news"]);
    expect(clock.nowMs() - START_MS).toBeLessThanOrEqual(10_100);
  });

  it("WHEN its own process publishes THEN it is answered at once", async () => {
    const deployment = aTimedDeployment();
    const { clock } = deployment;
    const { engine } = await waiting(deployment);
    const reading = readMessages(engine, "orders", asked({ waitSeconds: 20 })).then((page) => ({
      page,
      atMs: clock.nowMs(),
    }));
    await clock.advance(9_300);
    const publishedAtMs = clock.nowMs();
    await publishTexts(engine, "orders", aText("news"));
    const { page, atMs } = await driven(clock, reading);
    expect(shown(page)).toEqual(["news"]);
    expect(atMs).toBe(publishedAtMs);
  });

  it("WHEN nothing comes THEN it ends in time, at the same place", async () => {
    const deployment = aTimedDeployment();
    const { clock, process } = deployment;
    await waiting(deployment);
    const page = await driven(clock, readMessages(process(), "orders", asked({ waitSeconds: 5 })));
    expect(page).toMatchObject({ messages: [], isEnd: true, missed: 0 });
    expect(clock.nowMs() - START_MS).toBeGreaterThanOrEqual(5_000);
  });

  it("WHEN its caller leaves THEN it ends at once", async () => {
    const deployment = aTimedDeployment();
    const { clock, process } = deployment;
    await waiting(deployment);
    const left = new AbortController();
    const reading = readMessages(process(), "orders", asked({ waitSeconds: 20 }), left.signal);
    await clock.advance(3_000);
    left.abort();
    await driven(clock, reading);
    expect(clock.nowMs() - START_MS).toBeLessThanOrEqual(3_200);
  });

  it("WHEN the topic is deleted THEN it hears of it within 5 s", async () => {
    const deployment = aTimedDeployment();
    const { clock, process } = deployment;
    const { engine } = await waiting(deployment);
    const reading = readMessages(process(), "orders", asked({ waitSeconds: 20 }));
    const failure = reading.catch((error: unknown) => error);
    await clock.advance(3_000);
    await deleteTopic(engine, "orders");
    expect(await driven(clock, failure)).toBeInstanceOf(TopicNotFound);
    expect(clock.nowMs() - START_MS).toBeLessThanOrEqual(8_100);
  });

  it("WHEN the store does not answer for a while THEN it goes on", async () => {
    const deployment = aTimedDeployment();
    const { clock } = deployment;
    const { engine } = await waiting(deployment);
    await publishTexts(engine, "orders", aText("a"));
    let failures = 3;
    const reader = deployment.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name.startsWith("log.") && failures-- > 0) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const { nextCursor } = await read(engine, { limit: 1 });
    await publishTexts(engine, "orders", aText("b"));
    const reading = readMessages(reader, "orders", asked({ cursor: nextCursor, waitSeconds: 20 }));
    expect(shown(await driven(clock, reading))).toEqual(["b"]);
  });
});

describe("a reader of a topic in which nothing comes", () => {
  it.each([1, 16, 256])(
    "takes at most 40 read units in 20 s, with %i partitions used",
    async (partitions) => {
      // GIVEN
      const { process, clock } = await withColdTopic(partitions);
      const { nextCursor } = (await readToEnd(process(), { limit: 1_000 })).pages.at(-1) as {
        nextCursor: string;
      };
      const { meter, replace } = meteredReads(partitions);
      // WHEN
      const request = asked({ cursor: nextCursor, waitSeconds: 20 });
      const page = await driven(clock, readMessages(process(replace), "orders", request));
      // THEN
      expect(page).toMatchObject({ messages: [], isEnd: true });
      expect(meter.units).toBeLessThanOrEqual(40);
    },
  );

  it.each([{ key: "k" }, { businessKey: "7" }])("takes no more with %j", async (selection) => {
    const { process, clock } = await withColdTopic(16);
    const { nextCursor } = await read(process(), { from: "latest", selection });
    const { meter, replace } = meteredReads(16);
    const request = asked({ cursor: nextCursor, selection, waitSeconds: 20 });
    await driven(clock, readMessages(process(replace), "orders", request));
    expect(meter.units).toBeLessThanOrEqual(40);
  });

  it.each([0, 3])("gets what comes while it waits, within a second: in partition %i", async (partition) => {
    const { process, clock, publish } = await withColdTopic(2);
    const { cursor } = await readToEnd(process());
    const reading = readMessages(process(), "orders", asked({ cursor, waitSeconds: 20 }));
    await clock.advance(10_000);
    const sinceMs = clock.nowMs();
    await publish(partition);
    expect(shown(await driven(clock, reading))).toEqual([`m${partition}`]);
    expect(clock.nowMs() - sinceMs).toBeLessThanOrEqual(1_100);
  });
});
