import fc from "fast-check";
import { type Slot, nextOffset } from "../../../lib/domain/slot.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { type Deployment, START_MS, aDeployment } from "../a-deployment.js";
import { aTopic, anchorOf, appendTo, stored } from "../an-append.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the first append to a partition", () => {
  it("starts at the clock in microseconds, and sets the anchor", async () => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const { slot } = await appendTo(deployment.process(), topic, "a", "b");
    expect(slot).toMatchObject({ base: START_MS * 1_000, count: 2, expiresAtMs: START_MS + HOUR_MS });
    expect(stored(deployment)).toEqual([slot]);
    expect(anchorOf(deployment, topic)).toBe(START_MS);
  });

  it("of two writers at once goes to one, and the other comes behind it", async () => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const [a, b] = await Promise.all(["a", "b"].map((body) => appendTo(deployment.process(), topic, body)));
    expect(new Set([a?.slot.base, b?.slot.base])).toEqual(new Set([START_MS * 1_000, START_MS * 1_000 + 1]));
  });

  it.each([
    ["looked at the anchor", "log.anchorVersion"],
    ["put its slot", "log.append"],
  ])("keeps its place before a writer that saw an empty partition and has not %s", async (_, next) => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const other = deployment.process();
    let isFirst = true;
    const overtaken = deployment.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === next && isFirst) {
          isFirst = false;
          // WHEN another one, whose clock is ahead, puts its own
          deployment.clock.advance(1_000);
          await appendTo(other, topic, "theirs");
          deployment.clock.advance(-1_000);
        }
        return await carryOut();
      }),
    );
    const { slot } = await appendTo(overtaken, topic, "mine");
    // THEN the late one goes behind it, not below
    expect(stored(deployment).map(({ base }) => base)).toEqual([
      (START_MS + 1_000) * 1_000,
      (START_MS + 1_000) * 1_000 + 1,
    ]);
    expect(slot.publishedAtMs).toBe(START_MS + 1_000);
  });
});

describe("an append behind a tail that lives for another", () => {
  it.each([
    ["60 min", "at the next offset", "without a bump", 0, 60],
    [
      "55 min and a millisecond, and is nearly 5 min old,",
      "at the next offset",
      "without a bump",
      5 * MINUTE_MS - 1,
      60,
    ],
    ["55 min, and is 5 min old,", "at the next offset", "with a bump", 5 * MINUTE_MS, 60],
    ["30 min and a millisecond", "at the next offset", "without a bump", MINUTE_MS - 1, 31],
    ["30 min", "at the next offset", "with a bump", MINUTE_MS, 31],
    ["5 min", "at the next offset", "with a bump", 55 * MINUTE_MS, 60],
    ["5 min less a millisecond", "at the clock", "with a bump", 55 * MINUTE_MS + 1, 60],
    ["moment, which is over,", "at the clock", "with a bump", HOUR_MS, 60],
    ["moment, which is long over,", "at the clock", "with a bump", 48 * HOUR_MS, 60],
  ])("%s starts %s, %s of the anchor", async (_, where, bump, afterMs, retentionMinutes) => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment, retentionMinutes * 60);
    const first = await appendTo(deployment.process(), topic, "a", "b");
    // WHEN
    deployment.clock.advance(afterMs);
    const { slot } = await appendTo(deployment.process(), topic, "c");
    // THEN
    const next = first.slot.base + 2;
    expect(slot.base).toBe(where === "at the clock" ? (START_MS + afterMs) * 1_000 : next);
    expect(anchorOf(deployment, topic)).toBe(
      bump === "with a bump" ? Math.max(START_MS + 1, START_MS + afterMs) : START_MS,
    );
  });

  it("20 min goes behind a restart that came between", async () => {
    // GIVEN a tail with 20 min left, and one who saw that and has not put its slot yet
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    await appendTo(deployment.process(), topic, "a");
    deployment.clock.advance(40 * MINUTE_MS);
    const other = deployment.process();
    let isFirst = true;
    const frozen = deployment.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "log.append" && isFirst) {
          isFirst = false;
          // WHEN it is frozen until the tail is gone, and somebody else starts anew meanwhile
          deployment.clock.advance(HOUR_MS);
          for (const slots of deployment.storage.logs.values()) slots.length = 0;
          await appendTo(other, topic, "b");
        }
        return await carryOut();
      }),
    );
    await appendTo(frozen, topic, "c");
    // THEN its slot comes behind that one, not below
    const bases = stored(deployment).map(({ base }) => base);
    expect(bases).toEqual([(START_MS + 100 * MINUTE_MS) * 1_000, (START_MS + 100 * MINUTE_MS) * 1_000 + 1]);
  });
});

/** An append by one of some processes after a while; before it the store may drop what has expired, in any order. */
const aStep = fc.record({
  afterMs: fc.oneof(
    fc.integer({ min: 0, max: 70_000 }),
    fc.integer({ min: 20 * MINUTE_MS, max: 70 * MINUTE_MS }),
  ),
  process: fc.nat(2),
  retentionSeconds: fc.constantFrom(3_600, 7_200, 86_400),
  drops: fc.boolean(),
});

it("no offset is ever used twice, and no offset, time or expiry goes back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 2, maxLength: 30 }), async (steps) => {
      const deployment = aDeployment();
      const topic = await aTopic(deployment);
      const processes = [deployment.process(), deployment.process(), deployment.process()];
      let last: Slot | undefined;
      for (const { afterMs, process, retentionSeconds, drops } of steps) {
        deployment.clock.advance(afterMs);
        if (drops) dropExpired(deployment);
        const { slot } = await appendTo(
          processes[process] as Engine,
          { ...topic, retentionSeconds },
          "a",
          "b",
        );
        expect(slot.base).toBeGreaterThanOrEqual(last ? nextOffset(last) : 0);
        expect(slot.publishedAtMs).toBeGreaterThanOrEqual(last?.publishedAtMs ?? 0);
        expect(slot.expiresAtMs).toBeGreaterThanOrEqual(last?.expiresAtMs ?? 0);
        last = slot;
      }
    }),
  );
});

/** Every other one, the later ones first to go. */
function dropExpired({ storage, clock }: Deployment): void {
  for (const slots of storage.logs.values()) {
    const expired = slots.filter(({ expiresAtMs }) => expiresAtMs <= clock.nowMs()).reverse();
    const gone = new Set(expired.filter((_, index) => index % 2 === 0));
    slots.splice(0, slots.length, ...slots.filter((slot) => !gone.has(slot)));
  }
}
