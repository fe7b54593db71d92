import { type Push, aPush, allDone, bodiesOf, publishMany, retryAfter, running } from "../a-push.js";

const MINUTE_MS = 60_000;
const POISON = "m4";
/** Twice with all ten, then in halves: five, and two of those. */
const TIMES_TOGETHER = 4;

/** One message of ten kills its handler, each time. */
async function poisoned(ordering: "none" | "key", batch = 10): Promise<Push> {
  const settings = { ...retryAfter(1), batch: { maxMessages: batch, maxBytes: 65_536 } };
  const push = await aPush(settings, { ordering, partitions: 1 });
  push.answerWith((messages) =>
    messages.some(({ body }) => body === POISON)
      ? Promise.resolve({ kind: "failed", error: "Runtime.ExitError" })
      : Promise.resolve(allDone),
  );
  const { stop } = running(push);
  await publishMany(push.engine, 10);
  await push.clock.advance(MINUTE_MS / 2);
  stop();
  return push;
}

const timesOf = ({ deliveries }: Push, wanted: string): number =>
  deliveries.filter(({ messages }) => messages.some(({ body }) => body === wanted)).length;

const openSpansOf = ({ storage }: Push) =>
  [...storage.progress.values()].flatMap(({ due }) => [...due.values()].flatMap(({ spans }) => spans));

describe("GIVEN ten messages published together WHEN one of them kills its handler", () => {
  it("THEN its neighbours are done after few deliveries, and it alone is charged", async () => {
    const push = await poisoned("none");
    expect([...push.done].sort()).toEqual(bodiesOf(10).filter((body) => body !== POISON));
    for (const body of push.done) expect(timesOf(push, body)).toBeLessThanOrEqual(TIMES_TOGETHER + 1);
    const open = openSpansOf(push);
    expect(open).toMatchObject([{ together: 1 }]);
    expect(open[0]?.charged).toBe(timesOf(push, POISON) - TIMES_TOGETHER);
  });

  it("THEN a batch of one has no neighbours to spare: it is charged each time", async () => {
    const push = await poisoned("none", 1);
    expect(push.done).toHaveLength(9);
    expect(openSpansOf(push)[0]?.charged).toBe(timesOf(push, POISON));
  });

  it("THEN with ordering what comes before it is done, and it alone is charged", async () => {
    const push = await poisoned("key");
    expect(push.done).toEqual(["m0", "m1", "m2", "m3"]);
    const charged = openSpansOf(push).filter((span) => span.charged !== undefined);
    expect(charged).toHaveLength(1);
    expect((charged[0]?.to ?? 0) - (charged[0]?.from ?? 0)).toBe(1);
  });
});

it("GIVEN a target that only throttles WHEN two hours pass THEN no message is charged", async () => {
  const push = await aPush(retryAfter(600));
  push.answerWith(() => Promise.resolve({ kind: "unavailable", reason: "throttled", error: "429" }));
  const { stop } = running(push);
  await publishMany(push.engine, 10);
  await push.clock.advance(120 * MINUTE_MS);
  stop();
  const open = openSpansOf(push);
  expect(open.length).toBeGreaterThan(0);
  for (const span of open) expect([span.charged, span.together]).toEqual([undefined, undefined]);
});
