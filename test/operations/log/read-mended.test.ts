import { copyMessage } from "../../../lib/operations/log/message-copy.js";
import { openSlot } from "../../../lib/operations/log/open-slot.js";
import { readMended } from "../../../lib/operations/log/read-mended.js";
import { aSpan, aSubscriptionRef } from "../../contract/builders.js";
import { aText } from "../a-deployment.js";
import { aLog, slotIn } from "../a-log.js";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Longer than an object is given the benefit of the doubt. */
const MANY_TRIES = 12;
const NAME = "n-1";

/** A log, and the span of the second message of its first slot, which was mended. */
async function withMended({ others = 0, livesMs }: { others?: number; livesMs?: number } = {}) {
  const log = await aLog(["a", "b"], ...Array.from({ length: others }, () => ["c"]));
  const subscription = aSubscriptionRef();
  const slot = slotIn(log, 0);
  const { expiresAtMs } = slot;
  const expiry = livesMs === undefined ? {} : { expiresAtMs: log.clock.nowMs() + livesMs };
  const content = aText("mended", { tag: "t", ...expiry });
  const operator = log.process(undefined, { inlineLimitBytes: 0 });
  const copy = await copyMessage(operator, log.partition.topic, content, { nonce: NAME, expiresAtMs });
  await log.engine.progress.move(subscription, { mended: [{ name: NAME, copy, expiresAtMs }] });
  const span = { ...aSpan(slot.base + 1, slot.base + 2, { slotBase: slot.base }), mended: NAME };
  const read = (more: object = {}) =>
    readMended(log.engine, { ...log.partition, subscription }, { ...span, ...more });
  return { ...log, copy, slot, span, read };
}

describe("a mended message", () => {
  it("has its new content, and the place, the id and the time that it had", async () => {
    const { read, ids, slot, span } = await withMended();
    const { id, offset, publishedAtMs } = { id: ids[1], offset: slot.base + 1, ...slot };
    const message = { ...aText("mended", { tag: "t" }), id, partition: 0, offset, publishedAtMs };
    expect(await read()).toEqual({ entry: { message, slotBase: slot.base, span } });
  });

  it("is set aside, and never delivered as it was published, where its new content is lost", async () => {
    const { read, telemetry } = await withMended();
    expect(await read({ mended: "n-2" })).toMatchObject({ setAside: { reason: "mended-segment-missing" } });
    expect(telemetry.events.map(({ name }) => name)).toEqual(["slot-set-aside"]);
  });

  it("is set aside once its object has failed for long while others could be read, as in the log", async () => {
    const { copy, read, failing, clock, engine, ...log } = await withMended({ others: MANY_TRIES });
    failing.add(copy.content.kind === "segment" && copy.content.key);
    const outcomes: unknown[] = [];
    for (let at = 1; at <= MANY_TRIES; at++) {
      outcomes.push(await read().catch((error: Error) => error.name));
      clock.advance(MINUTE_MS / 2);
      await openSlot(engine, slotIn(log, at));
    }
    expect(outcomes[0]).toBe("StorageUnavailable");
    expect(outcomes.at(-1)).toMatchObject({ setAside: { reason: "mended-segment-unavailable" } });
  });

  it("is not there any more once it has expired by itself, though its record does not say when", async () => {
    const { read, clock } = await withMended({ livesMs: MINUTE_MS });
    expect(await read()).toMatchObject({ entry: { message: { tag: "t" } } });
    clock.advance(MINUTE_MS);
    expect(await read()).toEqual({});
  });

  it("is not there any more once its log has expired", async () => {
    const { read, clock } = await withMended();
    clock.advance(2 * HOUR_MS);
    expect(await read()).toEqual({});
  });
});
