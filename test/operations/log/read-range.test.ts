import { type RangeLimits, readRange } from "../../../lib/operations/log/read-range.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Place } from "../../../lib/domain/place.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import { append } from "../../../lib/operations/log/append.js";
import { aDeployment, aText } from "../a-deployment.js";
import { aTopic, stored } from "../an-append.js";
import { portsAround } from "../ports-around.js";

/** One partition with these slots, whose bytes are in S3. */
async function aPartition(...slots: readonly (readonly MessageContent[])[]) {
  const deployment = aDeployment();
  const topic = await aTopic(deployment);
  const publisher = deployment.process(undefined, { inlineLimitBytes: 0 });
  for (const messages of slots) await append(publisher, topic, messages, () => 0);
  const opened: unknown[] = [];
  const failing = new Set<unknown>();
  const engine = deployment.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === "segments.get") opened.push(args[0]);
      if (name === "segments.get" && failing.has(args[0])) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const [first] = stored(deployment);
  const start: Place = { head: first?.base ?? 0, slotBase: first?.base ?? 0 };
  const read = (limits: Partial<RangeLimits> = {}, from = start) =>
    readRange(engine, { topic, partition: 0 }, from, {
      maxMessages: 100,
      maxBytes: 1_000_000,
      slotCount: 1,
      ...limits,
    });
  return { ...deployment, read, opened, failing, slots: stored(deployment), start };
}

const bodiesOf = ({ entries }: Awaited<ReturnType<typeof readRange>>) =>
  entries.map(({ message }) => String(message.body).slice(0, 2));
const large = (body: string): MessageContent => aText(body.padEnd(1_000));

describe("a range that is read", () => {
  it("ends behind the last message, and goes on from there", async () => {
    const { read, slots } = await aPartition([aText("m0"), aText("m1")], [aText("m2")]);
    const range = await read();
    expect(bodiesOf(range)).toEqual(["m0", "m1", "m2"]);
    expect(range.isFull).toBe(false);
    expect(range.next.head).toBe((slots[1]?.base ?? 0) + 1);
    expect(bodiesOf(await read({}, range.next))).toEqual([]);
  });

  it("is cut in the middle of a slot by its messages, and goes on there, in the same slot", async () => {
    const { read, slots, start } = await aPartition([aText("m0"), aText("m1"), aText("m2")], [aText("m3")]);
    const range = await read({ maxMessages: 2 });
    expect(bodiesOf(range)).toEqual(["m0", "m1"]);
    expect(range).toMatchObject({ isFull: true, next: { head: start.head + 2, slotBase: slots[0]?.base } });
    expect(bodiesOf(await read({ maxMessages: 2 }, range.next))).toEqual(["m2", "m3"]);
  });

  it("opens no more slots than its messages need", async () => {
    const { read, opened } = await aPartition([aText("m0")], [aText("m1")], [aText("m2")]);
    await read({ maxMessages: 2 });
    expect(opened).toHaveLength(2);
  });

  it("takes a first message however large, and opens nothing that does not fit beside it", async () => {
    const { read, opened } = await aPartition([large("m0")], [large("m1")], [large("m2")]);
    const range = await read({ maxBytes: 500 });
    expect(bodiesOf(range)).toEqual(["m0"]);
    expect(range.isFull).toBe(true);
    expect(opened).toHaveLength(1);
  });

  it("takes not even the first where it continues what was taken before", async () => {
    const { read, opened, start } = await aPartition([large("m0")]);
    const range = await read({ maxBytes: 500, isContinued: true });
    expect(range).toMatchObject({ entries: [], isFull: true, next: start });
    expect(opened).toEqual([]);
  });

  it("counts messages as its caller does", async () => {
    const { read } = await aPartition([aText("m0"), aText("m1"), aText("m2")]);
    expect(bodiesOf(await read({ maxBytes: 200, sizeOf: () => 100 }))).toEqual(["m0", "m1"]);
  });

  it("passes over single messages that have expired, and says how many lie below which offset", async () => {
    const expired = (body: string) => aText(body, { expiresAtMs: 1_790_000_000_500 });
    const partition = await aPartition([aText("m0"), expired("m1"), expired("m2"), aText("m3")]);
    partition.clock.advance(1_000);
    const range = await partition.read();
    expect(bodiesOf(range)).toEqual(["m0", "m3"]);
    const total = range.expired.reduce((sum, { count }) => sum + count, 0);
    expect(total).toBe(2);
    expect(range.expired.at(-1)?.below).toBe(partition.start.head + 3);
  });

  it("gives what lies in front of a slot that cannot be read for now, and throws where nothing does", async () => {
    const { read, failing, slots } = await aPartition([aText("m0")], [aText("m1")], [aText("m2")]);
    const { content } = slots[1] ?? {};
    failing.add(content?.kind === "segment" ? content.key : undefined);
    const range = await read({ slotCount: 1, lookMessages: 3 });
    expect(bodiesOf(range)).toEqual(["m0"]);
    expect(range.next.head).toBe(slots[1]?.base);
    await expect(read({}, range.next)).rejects.toMatchObject({ code: "storage-unavailable" });
  });
});
