import { InvalidRequest, StorageUnavailable } from "../../../lib/domain/errors.js";
import { append } from "../../../lib/operations/log/append.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { WRITE_NAMES } from "../../simulation/port-calls.js";
import { aDeployment, aText, publishTexts } from "../a-deployment.js";
import { aLog, objectOf, slotIn } from "../a-log.js";
import { recording } from "../ports-around.js";
import { read, readToEnd, shown } from "./a-reader.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

async function withOrders(settings: Parameters<typeof putTopic>[2] = {}) {
  const deployment = aDeployment();
  const engine = deployment.process();
  const { value: topic } = await putTopic(engine, "orders", settings);
  const publish = (...bodies: readonly string[]) =>
    publishTexts(engine, "orders", ...bodies.map((body) => aText(body, { key: body.charAt(0) })));
  return { ...deployment, engine, topic, publish };
}

const problemsOf = async (reading: Promise<unknown>) => {
  const error: unknown = await reading.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidRequest);
  return (error as InvalidRequest).errors;
};

describe("GIVEN a topic with messages", () => {
  it.each([1, 2, 3, 100])("WHEN it is read in pages of %i THEN each comes once", async (limit) => {
    const { engine, process, publish } = await withOrders({ ordering: "key", partitions: 4 });
    const bodies = Array.from({ length: 20 }, (_, index) => `${"abcdefg".charAt(index % 7)}${index}`);
    for (const body of bodies) await publish(body);
    const all = await readToEnd(process(), { limit });
    expect([...all.shown].sort()).toEqual([...bodies].sort());
    // AND each key in order
    for (const key of "abcdefg") {
      const ofKey = all.shown.filter((body) => body.startsWith(key));
      expect(ofKey).toEqual(bodies.filter((body) => body.startsWith(key)));
    }
    // AND from its cursor on only what came since
    await publish("new");
    expect(shown(await read(engine, { cursor: all.cursor }))).toEqual(["new"]);
  });

  it("WHEN it is read THEN nothing is written, and no more than the log is looked at", async () => {
    const { process, publish, telemetry } = await withOrders();
    await publish("a", "b");
    const calls: string[] = [];
    telemetry.events.length = 0;
    expect(shown(await read(process(recording(calls))))).toEqual(["a", "b"]);
    expect(calls.filter((name) => WRITE_NAMES.includes(name))).toEqual([]);
    expect(new Set(calls)).toEqual(new Set(["topics.get", "log.anchors", "log.read"]));
    expect(telemetry.events).toEqual([]);
  });

  it("WHEN it is read from a place THEN it begins there", async () => {
    const { engine, publish, clock } = await withOrders({ partitions: 1 });
    const [first] = await publish("a");
    await clock.sleep(1_000);
    const timeMs = clock.nowMs();
    const [second = ""] = await publish("b");
    await publish("c");
    expect(first).not.toBe(second);
    expect(shown(await read(engine, { from: { timeMs } }))).toEqual(["b", "c"]);
    expect(shown(await read(engine, { from: { id: second } }))).toEqual(["b", "c"]);
    const latest = await read(engine, { from: "latest" });
    expect(latest).toMatchObject({ messages: [], isEnd: true });
    await publish("d");
    expect(shown(await read(engine, { cursor: latest.nextCursor }))).toEqual(["d"]);
    expect(await problemsOf(read(engine, { from: { id: second.replace(/\d$/, "9") } }))).toEqual([
      { path: "from", detail: "is the id of a message that has expired or never existed" },
    ]);
  });

  it("WHEN a key is asked for THEN only its messages come, from its partition alone", async () => {
    const { process, publish } = await withOrders({ ordering: "key", partitions: 16 });
    await publish("a1", "b1", "c1", "a2");
    const calls: string[] = [];
    const page = await read(process(recording(calls)), { selection: { key: "a" } });
    expect(shown(page)).toEqual(["a1", "a2"]);
    expect(new Set(calls)).toEqual(new Set(["topics.get", "log.read"]));
    await publish("b2", "a3");
    const next = await read(process(), { selection: { key: "a" }, cursor: page.nextCursor });
    expect(shown(next)).toEqual(["a3"]);
  });

  it("WHEN it is paused THEN it can be read all the same: nothing is delivered", async () => {
    const { engine, process, publish } = await withOrders();
    await publish("a");
    await putTopic(engine, "orders", { paused: "all" });
    expect(shown(await read(process()))).toEqual(["a"]);
  });

  it("WHEN its partitions come into use THEN a cursor of before leads to their beginning", async () => {
    const { process, topic } = await withOrders();
    const writer = process();
    const { nextCursor } = await read(process(), { from: "latest" });
    await append(writer, topic, [aText("first")], () => 7);
    expect(shown(await read(process(), { cursor: nextCursor }))).toEqual(["first"]);
  });
});

describe("GIVEN a cursor", () => {
  it("WHEN the topic was deleted and made anew THEN it is refused, and says so", async () => {
    const { engine, process, clock, publish } = await withOrders();
    await publish("a");
    const { nextCursor } = await read(engine);
    await deleteTopic(engine, "orders");
    await clock.sleep(10 * MINUTE_MS);
    await putTopic(engine, "orders", {});
    const [problem] = await problemsOf(read(process(), { cursor: nextCursor }));
    expect(problem?.path).toBe("cursor");
    expect(problem?.detail).toContain("earlier topic");
  });

  it("WHEN another key is asked for THEN it is refused", async () => {
    const { engine, publish } = await withOrders({ ordering: "key" });
    await publish("a", "b");
    const { nextCursor } = await read(engine, { selection: { key: "a" } });
    expect(await problemsOf(read(engine, { cursor: nextCursor, selection: { key: "b" } }))).toHaveLength(1);
    expect(await problemsOf(read(engine, { cursor: nextCursor }))).toHaveLength(1);
  });

  it("WHEN it is past the retention THEN it goes on with the oldest there is, and tells what was missed", async () => {
    const { engine, process, clock, publish, telemetry } = await withOrders({
      partitions: 1,
      retentionSeconds: 3_600,
    });
    await publish("a");
    const { nextCursor } = await read(engine);
    await publish("b", "c");
    await clock.sleep(HOUR_MS / 2);
    await publish("d");
    await clock.sleep(HOUR_MS / 2 + MINUTE_MS);
    const page = await read(process(), { cursor: nextCursor });
    expect(page).toMatchObject({ missed: 2, isEnd: true });
    expect(shown(page)).toEqual(["d"]);
    expect(telemetry.events).toContainEqual(
      expect.objectContaining({ name: "messages-missed", fields: { topic: "orders", messages: 2 } }),
    );
    // AND from the beginning nobody has missed anything
    expect((await read(process())).missed).toBe(0);
  });
});

describe("GIVEN an object that fails", () => {
  const failing = async () => {
    const log = await aLog(["a"], ["b"], ["c"]);
    log.failing.add(objectOf(slotIn(log, 1)));
    return log;
  };

  it("WHEN it is read THEN what lies before it is answered, and then it says to come again", async () => {
    const { engine } = await failing();
    const page = await read(engine);
    expect(shown(page)).toEqual(["a"]);
    expect(page.isEnd).toBe(false);
    await expect(read(engine, { cursor: page.nextCursor })).rejects.toBeInstanceOf(StorageUnavailable);
  });

  it("WHEN it fails for minutes, and others can be read THEN it is unreadable, and the rest comes", async () => {
    const { engine, clock, telemetry } = await failing();
    const { nextCursor } = await read(engine);
    for (let tries = 0; tries < 6; tries++) {
      await clock.sleep(MINUTE_MS);
      await engine.segments.get("another");
      await read(engine).catch(() => undefined);
      await read(engine, { cursor: nextCursor }).catch(() => undefined);
      engine.caches.segmentReadAtMs = clock.nowMs();
    }
    const page = await read(engine, { cursor: nextCursor });
    expect(shown(page)).toEqual(["(segment-unavailable)", "c"]);
    expect(telemetry.events).toContainEqual(
      expect.objectContaining({ name: "messages-unreadable", fields: { topic: "orders", messages: 1 } }),
    );
  });
});
