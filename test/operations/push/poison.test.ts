import { SUBSCRIPTION_DEFAULTS, type SubscriptionSettings } from "../../../lib/domain/subscription.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { type Push, aPush, allDone, bodiesOf, publishMany, retryAfter, running } from "../a-push.js";

const MINUTE_MS = 60_000;
const POISON = "m4";
/** Twice with all ten, then in halves: five, and two of those. */
const TIMES_TOGETHER = 4;

/** One message of ten kills its handler, each time. */
async function poisoned(ordering: "none" | "key", batch = 10): Promise<Push> {
  const { retry } = retryAfter(1);
  const settings = {
    retry: { ...retry, maxAttempts: 1_000 },
    batch: { maxMessages: batch, maxBytes: 65_536, windowSeconds: 0 },
  };
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

/** One body in a thousand kills the process that gets it, each time. */
const FATAL = "m500";
const limitedTo = (maxAttempts: number): Pick<SubscriptionSettings, "retry" | "batch"> => ({
  retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts, scheduleSeconds: [1] },
  batch: { maxMessages: 10, maxBytes: 65_536, windowSeconds: 0 },
});

async function oneInAThousand(
  settings: Partial<SubscriptionSettings>,
  topic: Parameters<typeof aPush>[1],
  keys: number,
) {
  const push = await aPush({ ...limitedTo(3), ...settings }, topic);
  push.answerWith((messages) =>
    messages.some(({ body }) => body === FATAL)
      ? Promise.resolve({ kind: "failed", error: "Runtime.ExitError: exit status 1" })
      : Promise.resolve(allDone),
  );
  const { stop } = running(push);
  const ids = await publishMany(push.engine, 1_000, 100, keys);
  await push.clock.advance(MINUTE_MS);
  stop();
  const { items } = await listDeadLetters(push.engine, "orders", "ship", {}, { limit: 10 });
  return { push, ids, items };
}

describe.each([
  ["one pump, unordered", {}, { partitions: 2 }, 1],
  ["several lanes", { maxConcurrency: 40 }, { partitions: 2 }, 1],
  ["a pump in order", {}, { ordering: "key", partitions: 2 }, 20],
] as const)(
  "GIVEN a subscription with %s WHEN one message of a thousand kills it",
  (_, settings, topic, keys) => {
    it("THEN that one is a dead letter, and its neighbours are done with honest attempts", async () => {
      const { push, ids, items } = await oneInAThousand(settings, topic, keys);
      expect(items).toMatchObject([{ lastError: "Runtime.ExitError: exit status 1" }]);
      expect([...push.done].sort()).toEqual(ids.filter((body) => body !== FATAL).sort());
      expect(openSpansOf(push)).toEqual([]);
      // Each charge is a delivery of its own; what came before were deliveries with neighbours.
      const fatal = push.deliveries.filter(({ messages }) => messages.some(({ body }) => body === FATAL));
      expect(fatal.filter(({ messages }) => messages.length === 1)).toHaveLength(3);
      expect(items[0]?.attempt).toBe(fatal.length);
      for (const { messages } of push.deliveries)
        for (const { attempt } of messages) expect(attempt).toBeLessThanOrEqual(fatal.length);
      const neighbours = new Set(fatal.flatMap(({ messages }) => messages.map(({ body }) => String(body))));
      for (const body of push.done) if (!neighbours.has(body)) expect(timesOf(push, body)).toBe(1);
    });
  },
);

it.each([
  ["one pump", {}],
  ["several lanes", { maxConcurrency: 40 }],
])(
  "GIVEN a single attempt WHEN it fails, with %s THEN it is dead before its backoff is over",
  async (_, settings) => {
    const retry = { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1, scheduleSeconds: [600] };
    const push = await aPush({
      ...settings,
      retry,
      batch: { maxMessages: 10, maxBytes: 65_536, windowSeconds: 0 },
    });
    push.answerWith((messages) =>
      Promise.resolve({
        kind: "answered",
        failedIds: new Set(messages.filter(({ body }) => body === POISON).map(({ id }) => id)),
      }),
    );
    const { stop } = running(push);
    await publishMany(push.engine, 10);
    await push.clock.advance(5_000);
    stop();
    const { items } = await listDeadLetters(push.engine, "orders", "ship", {}, { limit: 10 });
    expect(items).toMatchObject([{ attempt: 1 }]);
    expect(openSpansOf(push)).toEqual([]);
  },
);

describe.each([
  ["one pump", {}, { partitions: 1 }],
  ["several lanes", { maxConcurrency: 40 }, { partitions: 1 }],
  ["a pump in order", {}, { ordering: "key", partitions: 1 }],
] as const)("GIVEN a function of %s that rejects a message", (_, settings, topic) => {
  it("WHEN the batch is over THEN that one is dead with its reason, and what failed comes again", async () => {
    const push = await aPush({ ...settings, ...retryAfter(1) }, topic);
    push.answerWith((messages) => {
      const named = messages.filter(
        ({ body, attempt }) => body === POISON || (body === "m7" && attempt === 1),
      );
      return Promise.resolve({
        kind: "answered",
        failedIds: new Set(named.map(({ id }) => id)),
        said: new Map(
          named.map(({ id, body }) => [
            id,
            { error: `no ${String(body)}`, ...(body === POISON ? { isRejected: true } : {}) },
          ]),
        ),
      });
    });
    const { stop } = running(push);
    await publishMany(push.engine, 10, 100, 10);
    await push.clock.advance(MINUTE_MS / 2);
    stop();
    const { items } = await listDeadLetters(push.engine, "orders", "ship", {}, { limit: 10 });
    expect(items).toMatchObject([{ isRejected: true, attempt: 1, lastError: "no m4" }]);
    expect([...push.done].sort()).toEqual(bodiesOf(10).filter((body) => body !== POISON));
    const again = push.deliveries.flatMap(({ messages }) => messages).filter(({ body }) => body === "m7");
    expect(again.map(({ attempt, lastError }) => [attempt, lastError])).toEqual([
      [1, undefined],
      [2, "no m7"],
    ]);
    expect(openSpansOf(push)).toEqual([]);
  });
});

it.each(["none", "key"] as const)(
  "GIVEN a poison message and a target that is out for an hour, ordering %s THEN only the poison dies, once it is back",
  async (ordering) => {
    const push = await aPush(limitedTo(3), { ordering, partitions: 1 });
    const endMs = push.clock.nowMs() + 60 * MINUTE_MS;
    let refused = 0;
    push.answerWith((messages) => {
      if (push.clock.nowMs() < endMs) refused++;
      if (push.clock.nowMs() < endMs)
        return Promise.resolve({ kind: "unavailable", reason: "unreachable", error: "ECONNREFUSED" });
      return Promise.resolve(
        messages.some(({ body }) => body === POISON) ? { kind: "failed", error: "ExitError" } : allDone,
      );
    });
    const { stop } = running(push);
    const ids = await publishMany(push.engine, 40, 40, 10);
    const letters = async () =>
      (await listDeadLetters(push.engine, "orders", "ship", {}, { limit: 10 })).items;
    await push.clock.advance(59 * MINUTE_MS);
    expect([push.done, await letters(), openSpansOf(push)]).toEqual([[], [], []]);
    expect(refused).toBeLessThan(40);
    await push.clock.advance(60 * MINUTE_MS);
    stop();
    expect([...push.done].sort()).toEqual(ids.filter((body) => body !== POISON).sort());
    expect(await letters()).toMatchObject([{ lastError: "ExitError" }]);
    expect(push.telemetry.events.filter(({ name }) => name === "breaker-opened")).toHaveLength(1);
    expect(openSpansOf(push)).toEqual([]);
  },
);
