import { Conflict, NotPull, StorageUnavailable, Throttled } from "../../../lib/domain/errors.js";
import { insist, isPassing, pauseAfter } from "../../../lib/operations/push/insist.js";
import { aTimedDeployment } from "../a-deployment.js";
import { driven } from "../ports-around.js";

const MINUTE_MS = 60_000;

/** A call that fails so often before it goes through, and the times at which it was made. */
function failing(times: number, error: Error) {
  const deployment = aTimedDeployment();
  const engine = deployment.process();
  const fromMs = deployment.clock.nowMs();
  const atMs: number[] = [];
  const call = async (): Promise<string> => {
    atMs.push(deployment.clock.nowMs() - fromMs);
    if (atMs.length <= times) throw error;
    return "done";
  };
  const insisted = (forMs: number) =>
    driven(deployment.clock, insist(engine, "the test", fromMs + forMs, call), 10 * MINUTE_MS);
  return { ...deployment, atMs, insisted };
}

describe("a call that is insisted on", () => {
  it("is made again after pauses that double, and tells of each failure", async () => {
    const { atMs, insisted, telemetry } = failing(4, new StorageUnavailable("the test"));
    expect(await insisted(MINUTE_MS)).toBe("done");
    expect(atMs).toEqual([0, 100, 300, 700, 1_500]);
    expect(telemetry.events.map(({ name, fields }) => [name, fields["failures"]])).toEqual(
      [1, 2, 3, 4].map((failures) => ["pump-call-failed", failures]),
    );
  });

  it("throws what it failed by once its time would be over", async () => {
    const { atMs, insisted } = failing(99, new Throttled("the test", 200));
    await expect(insisted(1_000)).rejects.toMatchObject({ code: "throttled" });
    expect(atMs).toEqual([0, 100, 300, 700]);
  });

  it.each([new NotPull("ship", "lambda"), new TypeError("a bug")])(
    "is made once where it fails by %s",
    async (error) => {
      const { atMs, insisted } = failing(99, error);
      await expect(insisted(MINUTE_MS)).rejects.toBe(error);
      expect(atMs).toEqual([0]);
    },
  );
});

it("pauses double from the first one up to the longest, however many failures there were", () => {
  const pauses = [1, 2, 3, 4, 5, 2_000].map((failures) => pauseAfter(failures, 250, 3_000));
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 3_000, 3_000]);
});

it("what passes is what says when to try again", () => {
  expect([new StorageUnavailable("a"), new Throttled("a", 1), new Conflict("a")].map(isPassing)).toEqual([
    true,
    true,
    true,
  ]);
  expect([new NotPull("ship", "lambda"), new Error("a"), undefined].map(isPassing)).toEqual([
    false,
    false,
    false,
  ]);
});
