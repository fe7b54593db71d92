import { dispatch } from "../../../lib/operations/push/dispatch.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { aText, publishTexts } from "../a-deployment.js";
import {
  type Push,
  aPush,
  allDone,
  failing,
  partitionsOf,
  publishMany,
  retryAfter,
  running,
} from "../a-push.js";

const SECOND_MS = 1_000;
/** A clock's step, a start, and a look. */
const PROMPT_MS = 2_000;

const collecting = (windowSeconds: number, maxMessages = 10, maxBytes = 262_144) => ({
  batch: { maxMessages, maxBytes, windowSeconds },
});

const sizes = ({ deliveries }: Push): number[] => deliveries.map(({ messages }) => messages.length);
const bodies = ({ deliveries }: Push): string[] =>
  deliveries.flatMap(({ messages }) => messages.map(({ body }) => String(body)));

/** Publishes one message each `everyMs`. */
async function trickle(push: Push, count: number, everyMs: number, keys = 1): Promise<void> {
  for (let at = 0; at < count; at++) {
    await publishTexts(push.engine, "orders", aText(`m${at}`, { key: `k${at % keys}` }));
    await push.clock.advance(everyMs);
  }
}

describe.each(["none", "key"] as const)("a batch window, ordering %s", (ordering) => {
  const started = async (settings: Parameters<typeof aPush>[0]) => {
    const push = await aPush(settings, { ordering, partitions: 1 });
    return { ...push, stop: running(push).stop };
  };

  it("GIVEN a trickle WHEN the window ends THEN all that came goes together", async () => {
    const push = await started(collecting(20));
    const fromMs = push.clock.nowMs();
    await trickle(push, 5, 2 * SECOND_MS);
    expect(push.deliveries).toEqual([]);
    await push.clock.advance(20 * SECOND_MS);
    push.stop();
    expect(sizes(push)).toEqual([5]);
    const waitedMs = (push.deliveries[0]?.atMs ?? 0) - fromMs;
    expect(waitedMs).toBeGreaterThanOrEqual(20 * SECOND_MS);
    expect(waitedMs).toBeLessThanOrEqual(20 * SECOND_MS + PROMPT_MS);
  });

  it("GIVEN a window WHEN a delivery is full by count THEN it goes at once", async () => {
    const push = await started(collecting(300, 4));
    await trickle(push, 9, SECOND_MS);
    await push.clock.advance(PROMPT_MS);
    push.stop();
    expect(sizes(push)).toEqual([4, 4]);
  });

  it("GIVEN a window WHEN a delivery is full by bytes THEN it goes at once", async () => {
    const push = await started(collecting(300, 100, 1_024));
    for (let at = 0; at < 3; at++) {
      await publishTexts(push.engine, "orders", aText("x".repeat(600), { key: "k" }));
      await push.clock.advance(3 * SECOND_MS);
    }
    push.stop();
    expect(sizes(push)).toEqual([1, 1]);
  });

  it("GIVEN a trickle within a window THEN a pump is started for its begin and its end", async () => {
    const push = await aPush(collecting(50, 100), { ordering, partitions: 1 });
    const { stop } = running(push, { rings: false });
    const startedAtMs: number[] = [];
    const { handlers } = push.starter;
    if (handlers)
      push.starter.handlers = {
        ...handlers,
        pump: (ref) => {
          startedAtMs.push(push.clock.nowMs());
          handlers.pump(ref);
        },
      };
    const silence = push.storage.onAppend((bell) => void dispatch(push.engine, [bell]));
    const fromMs = push.clock.nowMs();
    await trickle(push, 40, SECOND_MS);
    await push.clock.advance(11 * SECOND_MS);
    silence();
    stop();
    expect(sizes(push)).toEqual([40]);
    expect(startedAtMs.map((atMs) => Math.round((atMs - fromMs) / SECOND_MS))).toEqual([0, 50]);
  });

  it("GIVEN a backlog older than the window THEN it goes at once, the rest of it too", async () => {
    const push = await aPush(collecting(60), { ordering, partitions: 1 });
    await publishMany(push.engine, 25);
    await push.clock.advance(61 * SECOND_MS);
    const { stop } = running(push);
    void push.pump();
    await push.clock.advance(PROMPT_MS);
    stop();
    expect(sizes(push)).toEqual([10, 10, 5]);
  });

  it("GIVEN several pumps within a window THEN it ends as if there had been one", async () => {
    const push = await started(collecting(30));
    await trickle(push, 1, 10 * SECOND_MS);
    push.stop();
    const again = running(push);
    await trickle(push, 2, SECOND_MS);
    await push.clock.advance(17 * SECOND_MS);
    expect(push.deliveries).toEqual([]);
    await push.clock.advance(SECOND_MS + PROMPT_MS);
    again.stop();
    expect(sizes(push)).toEqual([3]);
    expect(push.deliveries[0]?.messages.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  it("GIVEN a message that expires within the window THEN it goes in time", async () => {
    const push = await started(collecting(300));
    await publishTexts(push.engine, "orders", aText("m0", { key: "k" }));
    await push.clock.advance(5 * SECOND_MS);
    const expiresAtMs = push.clock.nowMs() + 40 * SECOND_MS;
    await publishTexts(push.engine, "orders", aText("m1", { key: "k", expiresAtMs }));
    await push.clock.advance(39 * SECOND_MS);
    push.stop();
    expect(bodies(push)).toEqual(["m0", "m1"]);
  });

  it("GIVEN another window WHEN it is set THEN it holds within ten seconds", async () => {
    const push = await started(collecting(300));
    await trickle(push, 3, SECOND_MS);
    await changeSubscription(push.engine, "orders", "ship", { batch: { windowSeconds: 0 } });
    await push.clock.advance(10 * SECOND_MS);
    push.stop();
    expect(sizes(push)).toEqual([3]);
  });

  it("GIVEN a pause WHEN it lasts beyond the window THEN nothing goes before it ends", async () => {
    const push = await started(collecting(20));
    await trickle(push, 3, SECOND_MS);
    await changeTopic(push.engine, "orders", { paused: "delivery" });
    await push.clock.advance(60 * SECOND_MS);
    expect(push.deliveries).toEqual([]);
    await changeTopic(push.engine, "orders", { paused: "none" });
    await push.clock.advance(PROMPT_MS);
    push.stop();
    expect(sizes(push)).toEqual([3]);
  });

  it("GIVEN messages that failed WHEN they are due THEN they wait for no window", async () => {
    const push = await started({ ...collecting(60, 2), ...retryAfter(5) });
    push.answerWith(async (messages) => (push.deliveries.length === 1 ? failing(messages) : allDone));
    await trickle(push, 2, 0);
    const atMs = push.clock.nowMs();
    await push.clock.advance(20 * SECOND_MS);
    push.stop();
    expect(bodies(push).sort()).toEqual(["m0", "m0", "m1", "m1"]);
    for (const { atMs: againMs } of push.deliveries.slice(1))
      expect(againMs - atMs).toBeLessThanOrEqual(5 * SECOND_MS + 2 * PROMPT_MS);
  });

  it("GIVEN a publisher whose clock is ahead THEN its message waits no longer than others", async () => {
    const push = await started(collecting(30));
    const nowMs = push.clock.nowMs();
    const ahead = push.process(({ clock }) => ({
      clock: {
        ...clock,
        nowMs: () => nowMs + 120 * SECOND_MS,
        sleep: () => clock.sleep(0),
        turn: () => clock.turn(),
      },
    }));
    await publishTexts(ahead, "orders", aText("m0", { key: "k" }));
    await push.clock.advance(30 * SECOND_MS + PROMPT_MS);
    push.stop();
    expect(sizes(push)).toEqual([1]);
  });
});

describe("a batch window over several partitions", () => {
  it("GIVEN keys of several partitions THEN each partition has its own window", async () => {
    const push = await aPush(collecting(10), { ordering: "key", partitions: 8 });
    const { stop } = running(push);
    await trickle(push, 8, 0, 8);
    await push.clock.advance(10 * SECOND_MS + PROMPT_MS);
    stop();
    expect(bodies(push)).toHaveLength(8);
    expect(sizes(push)).toHaveLength(partitionsOf(push).length);
  });

  it("GIVEN a key that failed THEN the others' window goes on, and none holds up another", async () => {
    const push = await aPush({ ...collecting(10, 3), ...retryAfter(60) }, { ordering: "key", partitions: 1 });
    const { stop } = running(push);
    push.answerWith(async (messages) => ({
      kind: "answered",
      failedIds: new Set(messages.filter(({ key }) => key === "k0").map(({ id }) => id)),
    }));
    await trickle(push, 6, SECOND_MS, 3);
    await push.clock.advance(10 * SECOND_MS + PROMPT_MS);
    stop();
    expect(push.done.filter((body) => !["m0", "m3"].includes(body)).sort()).toEqual(["m1", "m2", "m4", "m5"]);
  });
});
