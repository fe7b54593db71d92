import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Slot } from "../../../lib/domain/slot.js";
import { decodeMessages } from "../../../lib/domain/slot-codec.js";
import type { Topic } from "../../../lib/domain/topic.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { type Deployment, START_MS, aDeployment } from "../a-deployment.js";
import { aTopic, anchorOf, appendTo, stored } from "../an-append.js";
import { portsAround, recording } from "../ports-around.js";

const MINUTE_MS = 60_000;
/** What API Gateway waits for. */
const API_TIME_LIMIT_MS = 29_000;

type Inline = Extract<Slot["content"], { kind: "inline" }>;

/** How an SDK repeats a request whose answer never came. */
const answersLost = (ports: Ports, method: string): Partial<Ports> =>
  portsAround(ports, async ({ name }, carryOut) => {
    if (name === method) await carryOut();
    return await carryOut();
  });

describe("an answer that is lost", () => {
  it.each([
    ["with the anchor", 40 * MINUTE_MS],
    ["by the plain put", MINUTE_MS],
  ])("leaves one slot of an append %s that is asked for again", async (_, afterMs) => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    await appendTo(deployment.process(), topic, "a");
    deployment.clock.advance(afterMs);
    const forgetful = deployment.process((ports) => answersLost(ports, "log.append"));
    const { slot, losses } = await appendTo(forgetful, topic, "b");
    expect(stored(deployment)).toHaveLength(2);
    expect(stored(deployment)[1]).toEqual(slot);
    expect(losses).toBe(0);
  });

  it("for good makes the next append look for the tail, since the slot may be there", async () => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const calls: string[] = [];
    let isDown = false;
    const engine = deployment.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        calls.push(name);
        const answer = await carryOut();
        if (isDown && name === "log.append") throw new StorageUnavailable("the test");
        return answer;
      }),
    );
    await appendTo(engine, topic, "a");
    isDown = true;
    await expect(appendTo(engine, topic, "b")).rejects.toMatchObject({ code: "storage-unavailable" });
    isDown = false;
    calls.length = 0;
    // WHEN
    const { losses } = await appendTo(engine, topic, "c");
    // THEN
    expect(losses).toBe(0);
    expect(calls).toEqual(["log.tail", "log.append"]);
    expect(stored(deployment).map(({ base }) => base - START_MS * 1_000)).toEqual([0, 1, 2]);
  });
});

describe("what a writer knows of the tail", () => {
  it("spares it the reads for a minute, and no longer", async () => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment, 48 * 3_600);
    const calls: string[] = [];
    const engine = deployment.process(recording(calls));
    await appendTo(engine, topic, "a");
    calls.length = 0;
    // WHEN, THEN
    await appendTo(engine, topic, "b");
    deployment.clock.advance(MINUTE_MS - 1);
    await appendTo(engine, topic, "c");
    expect(calls).toEqual(["log.append", "log.append"]);
    deployment.clock.advance(MINUTE_MS);
    await appendTo(engine, topic, "d");
    expect(calls).toEqual(["log.append", "log.append", "log.tail", "log.append"]);
  });

  it("is not trusted where the clock was set back", async () => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    const calls: string[] = [];
    const engine = deployment.process(recording(calls));
    await appendTo(engine, topic, "a");
    calls.length = 0;
    deployment.clock.advance(-1);
    await appendTo(engine, topic, "b");
    expect(calls).toEqual(["log.tail", "log.append"]);
  });

  it("does not open the plain way any more once the tail has but 30 min to live", async () => {
    const deployment = aDeployment();
    const topic = await aTopic(deployment, 1_830);
    const engine = deployment.process();
    await appendTo(engine, topic, "a");
    deployment.clock.advance(30_000);
    await appendTo(engine, topic, "b");
    expect(anchorOf(deployment, topic)).toBe(START_MS + 30_000);
  });

  it("does not open the plain way any more after an upload that took too long", async () => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    await appendTo(deployment.process(), topic, "a");
    const uploading = deployment.process(
      (ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          if (name === "segments.put") deployment.clock.advance(31 * MINUTE_MS);
          return await carryOut();
        }),
      { inlineLimitBytes: 0 },
    );
    // WHEN
    const { slot } = await appendTo(uploading, topic, "large");
    // THEN
    expect(anchorOf(deployment, topic)).toBe(slot.publishedAtMs);
    expect(slot.publishedAtMs).toBeGreaterThan(START_MS + 31 * MINUTE_MS);
    expect(slot.base).toBe(START_MS * 1_000 + 1);
  });
});

describe("a lost race", () => {
  /** A process that is overtaken before its first `times` puts. */
  function overtaken(deployment: Deployment, topic: Topic, times: number, calls: string[] = []): Engine {
    const other = deployment.process();
    let races = 0;
    return deployment.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        calls.push(name);
        if (name === "log.append" && races++ < times) await appendTo(other, topic, "theirs");
        return await carryOut();
      }),
    );
  }

  it("shows the loser the next place without a read; a second one in a row makes it read the tail", async () => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    await appendTo(deployment.process(), topic, "first");
    const calls: string[] = [];
    // WHEN
    const { slot, losses } = await appendTo(overtaken(deployment, topic, 3, calls), topic, "mine");
    // THEN
    expect(losses).toBe(3);
    expect(slot.base).toBe(START_MS * 1_000 + 4);
    const races = ["log.append", "log.append", "log.tail", "log.append", "log.tail", "log.append"];
    expect(calls).toEqual(["log.tail", ...races]);
  });

  it("that is one too many leaves nothing behind, and says when to try again", async () => {
    // GIVEN
    const deployment = aDeployment();
    const topic = await aTopic(deployment);
    await appendTo(deployment.process(), topic, "first");
    const calls: string[] = [];
    const writer = overtaken(deployment, topic, Infinity, calls);
    // WHEN
    const appending = appendTo(writer, topic, "mine");
    // THEN
    await expect(appending).rejects.toMatchObject({
      code: "throttled",
      retryAfterMs: expect.any(Number) as number,
    });
    const races = calls.filter((name) => name === "log.append").length;
    expect(stored(deployment)).toHaveLength(1 + races);
    const messages = stored(deployment).flatMap((slot) =>
      decodeMessages(slot, (slot.content as Inline).bytes),
    );
    expect(messages.slice(1).every(({ body }) => body === "theirs")).toBe(true);
    expect(deployment.clock.nowMs() - START_MS).toBeLessThan(API_TIME_LIMIT_MS);
  });
});
