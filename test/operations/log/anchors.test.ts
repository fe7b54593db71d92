import { tailOf } from "../../../lib/domain/slot.js";
import { anchorsOf, endsOf } from "../../../lib/operations/log/anchors.js";
import { append } from "../../../lib/operations/log/append.js";
import { aDeployment, aText } from "../a-deployment.js";
import { aTopic } from "../an-append.js";
import { recording } from "../ports-around.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A topic whose partition 3 is in use, as one process knows it, and a way to append to a partition. */
async function known() {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const calls: string[] = [];
  const [engine, publisher] = [deployment.process(recording(calls)), deployment.process()];
  const use = (partition: number) => append(publisher, topic, [aText("m")], () => partition);
  await use(3);
  expect([...(await anchorsOf(engine, topic)).keys()]).toEqual([3]);
  return { ...deployment, topic, engine, use, calls };
}

describe("the anchors of a topic", () => {
  it("are remembered for a second", async () => {
    const { topic, engine, use, clock } = await known();
    await use(5);
    clock.advance(999);
    expect([...(await anchorsOf(engine, topic)).keys()]).toEqual([3]);
    clock.advance(1);
    expect([...(await anchorsOf(engine, topic)).keys()]).toEqual([3, 5]);
  });

  it("are read anew where that is asked for", async () => {
    const { topic, engine, use } = await known();
    await use(5);
    expect([...(await anchorsOf(engine, topic, { isAnew: true })).keys()]).toEqual([3, 5]);
    await use(6);
    expect([...(await anchorsOf(engine, topic, { isExact: true })).keys()]).toEqual([3, 5, 6]);
    await use(7);
    expect([...(await anchorsOf(engine, topic)).keys()]).toEqual([3, 5, 6]);
  });
});

describe("the end of a partition", () => {
  it("is looked up by its tail while that is warm, and by the anchor alone once it was seen to be cold", async () => {
    // GIVEN
    const { topic, engine, clock, calls, use } = await known();
    const { slot } = await use(3);
    const look = async (): Promise<readonly string[]> => {
      calls.length = 0;
      expect((await endsOf(engine, topic)).get(3)?.offset).toBe(slot.base + 1);
      return [...calls];
    };
    // THEN
    expect(await look()).toEqual(["log.anchors", "log.tail"]);
    clock.advance(10 * MINUTE_MS);
    expect(await look()).toEqual(["log.anchors", "log.tail"]);
    clock.advance(1);
    expect(await look()).toEqual(["log.anchors", "log.tail"]);
    expect(await look()).toEqual(["log.anchors"]);
  });

  it("is known to every process once it is noted in the anchor", async () => {
    const { topic, engine, clock, process, calls, use } = await known();
    const { slot } = await use(3);
    clock.advance(11 * MINUTE_MS);
    const end = (await endsOf(engine, topic)).get(3);
    expect(end).toMatchObject({ isCold: true, tail: tailOf(slot) });
    await engine.log.noteTail({ topic, partition: 3 }, end?.anchor.version ?? 0, tailOf(slot));
    calls.length = 0;
    const other = process(recording(calls));
    expect((await endsOf(other, topic)).get(3)).toMatchObject({ offset: slot.base + 1, isCold: true });
    expect(calls).toEqual(["log.anchors"]);
  });

  it("moves on with what is appended behind a cold tail", async () => {
    const { topic, engine, clock, use } = await known();
    clock.advance(11 * MINUTE_MS);
    await endsOf(engine, topic);
    const { slot } = await use(3);
    expect((await endsOf(engine, topic)).get(3)).toMatchObject({ offset: slot.base + 1, isCold: false });
  });

  it("is 0 where nothing is stored any more, whatever was noted", async () => {
    const { topic, engine, clock, storage, use } = await known();
    const { slot } = await use(3);
    clock.advance(11 * MINUTE_MS);
    const version = storage.anchors.get(topic.uid)?.get(3)?.version ?? 0;
    await engine.log.noteTail({ topic, partition: 3 }, version, tailOf(slot));
    clock.advance(3 * HOUR_MS);
    expect((await endsOf(engine, topic)).get(3)).toMatchObject({ offset: 0, isCold: true });
  });
});
