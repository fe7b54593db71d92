import { memoryClock } from "../../../lib/adapters/memory/clock.js";
import { BackgroundCommit } from "../../../lib/operations/push/background-commit.js";

const NOW_MS = 1_790_000_000_000;

describe("commits in the background", () => {
  it("run one at a time, and tell when one is over", async () => {
    const commits = new BackgroundCommit(memoryClock(NOW_MS));
    let end = (): void => undefined;
    let isOver = false;
    commits.begin(
      () => new Promise((resolve) => (end = resolve)),
      () => (isOver = true),
    );
    expect([commits.isRunning, commits.mayBegin, isOver]).toEqual([true, false, false]);
    end();
    await commits.over();
    expect([commits.isRunning, commits.mayBegin, isOver]).toEqual([false, true, true]);
  });

  it("may wait for more for five seconds, each anew", async () => {
    const clock = memoryClock(NOW_MS);
    const commits = new BackgroundCommit(clock);
    for (const round of [1, 2]) {
      expect([round, commits.mayWait()]).toEqual([round, true]);
      await clock.advance(4_999);
      expect(commits.mayWait()).toBe(true);
      await clock.advance(1);
      expect(commits.mayWait()).toBe(false);
      commits.begin(
        () => Promise.resolve(),
        () => undefined,
      );
      await commits.over();
      await clock.advance(60_000);
    }
  });

  it("wait twice as long after each failure in a row, up to five seconds", async () => {
    const clock = memoryClock(NOW_MS);
    const commits = new BackgroundCommit(clock);
    for (const ms of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      commits.failed();
      await clock.advance(ms - 1);
      expect(commits.mayBegin).toBe(false);
      await clock.advance(1);
      expect(commits.mayBegin).toBe(true);
    }
    commits.succeeded();
    commits.failed();
    await clock.advance(100);
    expect(commits.mayBegin).toBe(true);
  });
});
