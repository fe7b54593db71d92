import { nextOffset } from "../../../lib/domain/slot.js";
import { headerOf } from "../../../lib/domain/slot-header.js";
import { expiredAhead, openAllowance } from "../../../lib/operations/log/expired-ahead.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment, aText, publishTexts } from "../a-deployment.js";

const SECOND_MS = 1_000;

/** A slot a list, of messages that live for so many seconds; all in one partition. */
async function aLog(...slots: readonly (readonly (number | undefined)[])[]) {
  const { process, clock } = aDeployment();
  const engine = process();
  const { value: topic } = await putTopic(engine, "orders", { partitions: 1 });
  const startMs = clock.nowMs();
  for (const lives of slots) {
    const texts = lives.map((seconds, at) =>
      aText(`${at}`, {
        tag: lives.length > 10 ? `${at}-`.repeat(25) : "short",
        ...(seconds === undefined ? {} : { expiresAtMs: startMs + seconds * SECOND_MS }),
      }),
    );
    await publishTexts(engine, "orders", ...texts);
    clock.advance(SECOND_MS);
  }
  const partition = { topic, partition: 0 };
  const all = (await engine.log.read(partition, 0, 100, { consistent: true })).slots;
  const [first] = all;
  const last = all.at(-1);
  if (!first || !last) throw new Error("there is no slot");
  const look = (skipped = 0, allowance = openAllowance()) => {
    const from = first.base + skipped;
    const stretch = { slotBase: first.base, from, end: nextOffset(last), slotCount: first.count };
    return expiredAhead(engine, partition, stretch, allowance, startMs + 60 * SECOND_MS);
  };
  return { look, slots: all };
}

it("tells what is over from what lives, and since when the first one that lives is there", async () => {
  const { look, slots } = await aLog([5, 5, 5], [5, undefined, 90], [undefined]);
  expect(await look()).toEqual({ expired: 4, leftOut: 0, looked: 7, oldestMs: slots[1]?.publishedAtMs });
});

it("looks at nothing in front of where it begins", async () => {
  const { look, slots } = await aLog([5, 5, undefined], [5]);
  expect(await look(2)).toEqual({ expired: 1, leftOut: 0, looked: 2, oldestMs: slots[0]?.publishedAtMs });
});

it("names no age where nothing lives", async () => {
  const { look } = await aLog([5, 5], [5]);
  expect(await look()).toEqual({ expired: 3, leftOut: 0, looked: 3 });
});

it("takes for alive what would have to be opened and may not be", async () => {
  // GIVEN messages whose fields are more than a header holds
  const { look, slots } = await aLog(Array.from({ length: 100 }, () => 5));
  expect(slots.map(headerOf)).toEqual(["open-it"]);
  // WHEN, THEN
  const nothing = { expired: 0, leftOut: 0, looked: 0, oldestMs: slots[0]?.publishedAtMs };
  expect(await look(0, { segments: 1, bytes: 0 })).toEqual(nothing);
  expect(await look()).toEqual({ expired: 100, leftOut: 0, looked: 100 });
});
