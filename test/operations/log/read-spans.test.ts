import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import { SET_ASIDE_LIMIT } from "../../../lib/operations/log/read-range.js";
import { type SpansRead, readSpans } from "../../../lib/operations/log/read-spans.js";
import { aSpan, aSubscriptionRef } from "../../contract/builders.js";
import { aText } from "../a-deployment.js";
import { type Content, aLog, mangled, objectOf, slotIn } from "../a-log.js";

const SECOND_MS = 1_000;
const PLENTY = { maxBytes: 1_000_000 };

/** A log, and spans by the numbers of their slots: from the first message of one up to the first of another. */
async function withSpans(...slots: readonly (readonly Content[])[]) {
  const log = await aLog(...slots);
  const baseOf = (index: number): number => slotIn(log, index).base;
  const span = (from: number, to: number, more: Partial<Span> = {}): Span =>
    aSpan(baseOf(from), baseOf(to), more);
  const read = (spans: readonly Span[], limits: Partial<Parameters<typeof readSpans>[3]> = {}) =>
    readSpans(log.engine, { ...log.partition, subscription: aSubscriptionRef() }, spans, {
      ...PLENTY,
      ...limits,
    });
  const damage = (index: number): void => {
    for (const stored of log.storage.logs.values()) stored.splice(index, 1, mangled(slotIn(log, index)));
  };
  return { ...log, baseOf, span, read, damage };
}

const bodiesOf = ({ entries }: SpansRead) => entries.map(({ message }) => message.body);

describe("spans that are read", () => {
  it("give their messages and no others, each with the span that knows its attempts", async () => {
    // GIVEN one span within a slot, one over two slots
    const { read, span, baseOf } = await withSpans(["a", "b", "c"], ["d", "e"], ["f"], ["g"]);
    const within = aSpan(baseOf(0) + 1, baseOf(0) + 2, { slotBase: baseOf(0), attempt: 3 });
    const over = span(1, 3, { attempt: 1 });
    // WHEN
    const found = await read([within, over]);
    // THEN
    expect(bodiesOf(found)).toEqual(["b", "d", "e", "f"]);
    expect(found.entries.map((entry) => entry.span)).toEqual([within, over, over, over]);
    expect(found.entries.map(({ slotBase }) => slotBase)).toEqual([0, 1, 1, 2].map(baseOf));
    expect(found).toMatchObject({ left: [], setAside: [] });
  });

  it("beyond the bytes are left, from the message on that is too much, with all that lies behind", async () => {
    const { read, span, baseOf } = await withSpans(["a", "b", "c"], ["d"], ["e"], ["f"]);
    const [first, second] = [span(0, 2, { attempt: 2 }), span(2, 3)];
    const found = await read([first, second], { maxBytes: 250, sizeOf: () => 100 });
    expect(bodiesOf(found)).toEqual(["a", "b"]);
    expect(found.left).toEqual([{ ...first, from: baseOf(0) + 2, slotBase: baseOf(0) }, second]);
  });

  it("are left as they are where the bytes are used up exactly", async () => {
    const { read, span } = await withSpans(["a", "b"], ["c"], ["d"]);
    const [first, second] = [span(0, 1), span(1, 2)];
    const found = await read([first, second], { maxBytes: 200, sizeOf: () => 100 });
    expect(bodiesOf(found)).toEqual(["a", "b"]);
    expect(found.left).toEqual([second]);
  });

  it("give their first message however large, but not where messages were taken before", async () => {
    const { read, span } = await withSpans(["a", "b"], ["c"]);
    const spans = [span(0, 1)];
    expect(bodiesOf(await read(spans, { maxBytes: 1 }))).toEqual(["a"]);
    expect(await read(spans, { maxBytes: 1, isContinued: true })).toEqual({
      entries: [],
      setAside: [],
      left: spans,
    });
  });

  it("leave out what has expired or was dropped, and go on behind it", async () => {
    // GIVEN
    const { clock, storage, read, span } = await withSpans(
      ["a", aText("brief", { expiresAtMs: 1_790_000_000_000 + SECOND_MS }), "c"],
      ["gone"],
      ["d"],
      ["e"],
    );
    for (const slots of storage.logs.values()) slots.splice(1, 1);
    clock.advance(SECOND_MS);
    // WHEN
    const found = await read([span(0, 3)]);
    // THEN
    expect(bodiesOf(found)).toEqual(["a", "c", "d"]);
    expect(found.left).toEqual([]);
  });

  it("of which nothing is there any more give nothing, and leave nothing", async () => {
    const { storage, read, span } = await withSpans(["a"], ["b"], ["c"]);
    const spans = [span(0, 1), span(1, 2)];
    for (const slots of storage.logs.values()) slots.length = 0;
    expect(await read(spans)).toEqual({ entries: [], setAside: [], left: [] });
  });
});

describe("a slot that cannot be read", () => {
  it("is set aside once, though several spans lie in it, and the others are read", async () => {
    const { damage, read, span, baseOf } = await withSpans(["a"], ["x", "y", "z"], ["b"], ["c"]);
    damage(1);
    const ofBad = (at: number): Span => aSpan(baseOf(1) + at, baseOf(1) + at + 1, { slotBase: baseOf(1) });
    const found = await read([span(0, 1), ofBad(0), ofBad(2), span(2, 3)]);
    expect(bodiesOf(found)).toEqual(["a", "b"]);
    expect(found.setAside).toMatchObject([{ base: baseOf(1), count: 3, reason: "undecodable" }]);
  });

  it("is not set aside where it lies behind the span", async () => {
    const { damage, read, span } = await withSpans(["a"], ["x"], ["b"]);
    damage(1);
    expect(await read([span(0, 1)])).toMatchObject({ entries: [{ message: { body: "a" } }], setAside: [] });
  });

  it("is left for later where there are more of them than one move takes", async () => {
    // GIVEN
    const bad = SET_ASIDE_LIMIT + 5;
    const { damage, read, span, baseOf } = await withSpans(
      ...Array.from({ length: bad }, () => ["x"]),
      ["b"],
      ["c"],
    );
    for (let index = 0; index < bad; index++) damage(index);
    // WHEN
    const found = await read([span(0, bad + 1)]);
    // THEN
    expect(found.setAside).toHaveLength(SET_ASIDE_LIMIT);
    expect(found.left).toMatchObject([{ from: baseOf(SET_ASIDE_LIMIT), to: baseOf(bad + 1) }]);
    expect(bodiesOf(await read(found.left))).toEqual(["b"]);
  });
});

describe("a slot that cannot be read now", () => {
  async function withFailing(...indexes: readonly number[]) {
    const log = await withSpans(["a"], ["b"], ["c"], ["d"], ["e"], ["f"]);
    for (const index of indexes) log.failing.add(objectOf(slotIn(log, index)));
    return { ...log, spans: [0, 1, 2, 3, 4].map((index) => log.span(index, index + 1)) };
  }

  it("is left, and what lies behind it is read, where troubles are skipped", async () => {
    const { read, spans } = await withFailing(0, 2);
    const found = await read(spans, { skipsTroubles: true });
    expect(bodiesOf(found)).toEqual(["b", "d", "e"]);
    expect(found.left).toEqual([spans[0], spans[2]]);
  });

  it("is left with all that lies behind it, where nothing may overtake it", async () => {
    const { read, spans } = await withFailing(2);
    const found = await read(spans);
    expect(bodiesOf(found)).toEqual(["a", "b"]);
    expect(found.left).toEqual(spans.slice(2));
  });

  it("is left from its first message on, where it lies within a span", async () => {
    const { read, span, baseOf } = await withFailing(1);
    const over = span(0, 3, { attempt: 2 });
    const skipping = await read([over, span(3, 4)], { skipsTroubles: true });
    expect(bodiesOf(skipping)).toEqual(["a", "c", "d"]);
    const part = { ...over, from: baseOf(1), slotBase: baseOf(1) };
    expect(skipping.left).toEqual([{ ...part, to: baseOf(2) }]);
    const inOrder = await read([over, span(3, 4)]);
    expect(bodiesOf(inOrder)).toEqual(["a"]);
    expect(inOrder.left).toEqual([part, span(3, 4)]);
  });

  it("is left up to the end of its span, though the slot reaches further", async () => {
    const { failing, read, ...log } = await withSpans(["a"], ["x", "y", "z"], ["b"], ["c"]);
    failing.add(objectOf(slotIn(log, 1)));
    const inSlot = aSpan(log.baseOf(1) + 1, log.baseOf(1) + 2, { slotBase: log.baseOf(1) });
    const found = await read([inSlot, log.span(2, 3)], { skipsTroubles: true });
    expect(bodiesOf(found)).toEqual(["b"]);
    expect(found.left).toEqual([inSlot]);
  });

  it("fails the read where nothing else could be read", async () => {
    const { read, spans } = await withFailing(0, 1, 2, 3, 4);
    await expect(read(spans)).rejects.toBeInstanceOf(StorageUnavailable);
    await expect(read(spans.slice(0, 1), { skipsTroubles: true })).rejects.toBeInstanceOf(StorageUnavailable);
  });

  it("is not looked for again and again in an outage", async () => {
    const { calls, read, spans } = await withFailing(0, 1, 2, 3, 4);
    calls.length = 0;
    await expect(read(spans, { skipsTroubles: true })).rejects.toBeInstanceOf(StorageUnavailable);
    expect(calls.filter(({ name }) => name === "segments.get")).toHaveLength(4);
  });
});
