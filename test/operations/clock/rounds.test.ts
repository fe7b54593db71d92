import type { Topic } from "../../../lib/domain/topic.js";
import type { Round } from "../../../lib/domain/round.js";
import { type Going, goRound } from "../../../lib/operations/clock/rounds.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment } from "../a-deployment.js";

const EVERY_MS = 50_000;
const VISIT_MS = 1_000;

/** Topics by name, each visit to which takes a second. */
async function withTopics(...names: readonly string[]) {
  const deployment = aDeployment();
  // Pages of two: what is over several pages is the usual case.
  const engine = deployment.process(({ topics }) => ({
    topics: { ...topics, list: (page) => topics.list({ ...page, limit: 2 }) },
  }));
  for (const name of names) await putTopic(engine, name, {});
  const visited: string[] = [];
  const kept: Round[] = [];
  const go = async (round: Round | undefined, forMs: number, more: Partial<Going<Topic>> = {}) => {
    visited.length = 0;
    kept.length = 0;
    return await goRound(engine, {
      name: "test",
      everyMs: EVERY_MS,
      round,
      list: (page) => engine.topics.list(page),
      nameOf: ({ name }) => name,
      visit: async ({ name }) => {
        visited.push(name);
        await deployment.clock.sleep(VISIT_MS);
      },
      keep: (next) => {
        kept.push(next);
        return Promise.resolve(true);
      },
      untilMs: deployment.clock.nowMs() + forMs,
      ...more,
    });
  };
  return { ...deployment, engine, visited, kept, go };
}

describe("a round", () => {
  it("visits all topics by name, tells how far it is before each, and is over", async () => {
    const { go, visited, kept, clock } = await withTopics("b", "a", "c");
    const beganAtMs = clock.nowMs();
    expect(await go(undefined, 10_000)).toEqual({ beganAtMs });
    expect(visited).toEqual(["a", "b", "c"]);
    expect(kept).toMatchObject(["a", "b", "c"].map((after) => ({ beganAtMs, place: { after } })));
  });

  it("begins no other before it is due", async () => {
    const { go, visited, clock } = await withTopics("a");
    const round = { beganAtMs: clock.nowMs() };
    clock.advance(EVERY_MS - 1);
    expect(await go(round, 10_000)).toEqual(round);
    expect(visited).toEqual([]);
    clock.advance(1);
    await go(round, 10_000);
    expect(visited).toEqual(["a"]);
  });

  it("goes on where it stopped, and begins again where that is due and there is time", async () => {
    // GIVEN
    const { go, visited, clock, telemetry } = await withTopics("a", "b", "c", "d");
    const first = await go(undefined, 1_500);
    expect(visited).toEqual(["a", "b"]);
    expect(first?.place).toMatchObject({ after: "b" });
    expect(telemetry.events).toContainEqual(
      expect.objectContaining({ name: "sweep-unfinished", fields: { round: "test", stoppedBefore: "c" } }),
    );
    // WHEN
    clock.advance(EVERY_MS);
    const second = await go(first, 2_500);
    // THEN
    expect(visited).toEqual(["c", "d", "a"]);
    expect(second?.place).toEqual({ after: "a" });
    // AND one that is not due yet waits
    const third = await go(second, 20_000);
    expect(visited).toEqual(["b", "c", "d"]);
    expect(third?.place).toBeUndefined();
  });

  it("goes on behind a topic that was deleted meanwhile", async () => {
    const { go, visited } = await withTopics("a", "c");
    await go({ beganAtMs: 1, place: { after: "b" } }, 500);
    expect(visited[0]).toBe("c");
  });

  it("without time to begin is due again at once", async () => {
    const { go, visited, clock } = await withTopics("a");
    const round = await go(undefined, -1);
    expect(visited).toEqual([]);
    await go(round, clock.nowMs());
    expect(visited).toEqual(["a"]);
  });

  it("ends where somebody else goes on with it, before the visit", async () => {
    const { go, visited } = await withTopics("a", "b", "c");
    let left = 1;
    const keep = () => Promise.resolve(left-- > 0);
    expect((await go(undefined, 10_000, { keep }))?.place).toEqual({ after: "a" });
    expect(visited).toEqual(["a"]);
  });

  it("goes from page to page, and on from the page where it stopped", async () => {
    // GIVEN pages of two
    const { go, visited } = await withTopics("a", "b", "c", "d", "e");
    // WHEN
    const first = await go(undefined, 2_500);
    expect(visited).toEqual(["a", "b", "c"]);
    expect(first?.place?.cursor).toBeDefined();
    await go(first, 20_000);
    // THEN
    expect(visited).toEqual(["d", "e"]);
  });
});
