import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { findTopic } from "../../../lib/operations/lookup.js";
import { append } from "../../../lib/operations/log/append.js";
import { allDone, aPush, failing, publishMany, retryAfter, running } from "../a-push.js";
import { aText } from "../a-deployment.js";
import { driven, portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const sorted = (bodies: Iterable<string>): string[] => [...bodies].sort();

/** The n-th call of a store fails, before it is carried out or after. */
function failingOnce(
  fatal: number,
  isCarriedOut: boolean,
): { replace: (ports: Ports) => Partial<Ports>; calls: () => number } {
  let calls = 0;
  const replace = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name.startsWith("subscriber.")) return await carryOut();
      const isFatal = ++calls === fatal;
      const outcome = isFatal && !isCarriedOut ? undefined : await carryOut();
      if (isFatal) throw new StorageUnavailable("the test");
      return outcome;
    });
  return { replace, calls: () => calls };
}

describe.each([
  ["one pump, unordered", {}, { partitions: 1 }],
  ["several pumps", { maxConcurrency: 40 }, { partitions: 1 }],
  ["a pump in order", {}, { ordering: "key", partitions: 2 }],
] as const)("of a subscription with %s, a pump of which one call fails", (_, settings, topic) => {
  it.each([
    ["and was not carried out", false],
    ["and was carried out", true],
  ])(
    "%s delivers each message once all the same, whichever call it is",
    async (_when, isCarriedOut) => {
      for (let fatal = 1; fatal < 400; fatal++) {
        // GIVEN handlers of which some fail once
        const push = await aPush({ ackDeadlineSeconds: 5, ...retryAfter(5), ...settings }, topic);
        const failed = new Set<string>();
        push.answerWith(async (messages) => {
          await push.clock.sleep(600);
          // In order, whatever follows of its key fails with it.
          const held = new Set<string | undefined>();
          const bad = messages.filter(({ id, key, body }) => {
            const isBad = (String(body).endsWith("7") && !failed.has(id)) || held.has(key);
            if (isBad) failed.add(id);
            if (isBad && "ordering" in topic) held.add(key);
            return isBad;
          });
          return failing(bad);
        });
        const all = await publishMany(push.engine, 60, 20, 4);
        const fault = failingOnce(fatal, isCarriedOut);
        // WHEN
        await driven(push.clock, push.pump({ replace: fault.replace }));
        const { stop } = running(push);
        await push.clock.advance(3 * MINUTE_MS);
        stop();
        // THEN
        expect([fatal, sorted(push.done)]).toEqual([fatal, sorted(all)]);
        if (fault.calls() < fatal) break;
      }
    },
    60_000,
  );
});

it("a pump whose lane cannot be renewed twice in a row goes on, and doubles nothing", async () => {
  // GIVEN
  const push = await aPush({
    maxConcurrency: 4,
    batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
  });
  push.answerWith(async () => {
    await push.clock.sleep(SECOND_MS);
    return allDone;
  });
  const all = await publishMany(push.engine, 400);
  const startMs = push.clock.nowMs();
  let failures = 0;
  const pumping = push.pump({
    replace: (ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        const isFailing = name === "locks.renew" || name === "progress.extend" || name.endsWith(".get");
        const sinceMs = push.clock.nowMs() - startMs;
        if (!isFailing || sinceMs < 10_000 || sinceMs > 40_000) return await carryOut();
        failures++;
        throw new StorageUnavailable("the test");
      }),
  });
  // WHEN
  await driven(push.clock, pumping);
  // THEN
  expect(failures).toBeGreaterThan(2);
  expect(push.deliveries).toHaveLength(400);
  expect(sorted(push.done)).toEqual(sorted(all));
});

describe("one object", () => {
  it.each([
    ["that cannot be read", () => Promise.reject(new StorageUnavailable("the test"))],
    ["whose read never ends", () => new Promise(() => undefined)],
  ])("%s holds up no other partition", async (_, read) => {
    // GIVEN 16 partitions of 100 messages each, in S3
    const push = await aPush({ maxConcurrency: 10 });
    const publisher = push.process(undefined, { inlineLimitBytes: 0 });
    const topic = await findTopic(publisher, "orders");
    const keys = new Set<unknown>();
    for (let partition = 0; partition < 16; partition++) {
      const texts = Array.from({ length: 100 }, (_message, at) => aText(`p${partition}-${at}`));
      await append(publisher, topic, texts, () => partition);
      if (partition === 0) for (const key of push.storage.segments.keys()) keys.add(key);
    }
    const replace = (ports: Ports): Partial<Ports> =>
      portsAround(ports, ({ name, args }, carryOut) =>
        name === "segments.get" && keys.has(args[0]) ? read() : carryOut(),
      );
    // WHEN
    void push.pump({ replace });
    await push.clock.advance(MINUTE_MS);
    // THEN
    expect(push.done).toHaveLength(1_500);
    expect(push.done.some((body) => body.startsWith("p0-"))).toBe(false);
  });
});

it("what failed is told of with its messages, their attempt, and the function's request", async () => {
  const push = await aPush({ batch: { maxMessages: 50, maxBytes: 262_144, windowSeconds: 0 } });
  push.answerWith(async (messages) => ({ ...failing(messages.slice(0, 30)), requestId: "r-1" }));
  await publishMany(push.engine, 50);
  await driven(push.clock, push.pump());
  const event = push.telemetry.events.find(({ name }) => name === "delivery-failed");
  expect(event).toMatchObject({ level: "warn", fields: { messages: 30, attempt: 1, requestId: "r-1" } });
  const ids = push.deliveries[0]?.messages.slice(0, 10).map(({ id }) => id);
  expect(event?.fields["ids"]).toEqual(ids);
});
