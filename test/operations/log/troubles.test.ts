import { InvalidRequest, StorageUnavailable, Throttled } from "../../../lib/domain/errors.js";
import {
  endTrouble,
  failsForLong,
  isResting,
  isTrouble,
  noteTrouble,
} from "../../../lib/operations/log/troubles.js";
import { aDeployment } from "../a-deployment.js";

const error = new StorageUnavailable("a test");

function fail(times: number, everyMs: number) {
  const { clock, process } = aDeployment();
  const engine = process();
  for (let time = 1; time <= times; time++) {
    if (time > 1) clock.advance(everyMs);
    noteTrouble(engine, "it", error);
  }
  return { engine, clock };
}

it("tells what may pass from what will not", () => {
  expect(isTrouble(error)).toBe(true);
  expect(isTrouble(new Throttled("a test", 10))).toBe(true);
  expect(isTrouble(new InvalidRequest([]))).toBe(false);
  expect(isTrouble(new Error("a bug"))).toBe(false);
});

it.each([
  [1, 500],
  [2, 1_000],
  [4, 4_000],
  [20, 30_000],
])("leaves alone what failed %i times for %i ms", (times, restMs) => {
  const { engine, clock } = fail(times, 1);
  clock.advance(restMs - 1);
  expect(isResting(engine, "it")).toBe(true);
  expect(isResting(engine, "another")).toBe(false);
  clock.advance(1);
  expect(isResting(engine, "it")).toBe(false);
});

it.each([
  [5, 75_000, true],
  [5, 74_999, false],
  [4, 300_000, false],
  [50, 1_000, false],
])("GIVEN %i failures, one every %i ms THEN it fails for long: %s", (times, everyMs, expected) => {
  const { engine } = fail(times, everyMs);
  expect(failsForLong(engine, "it")).toBe(expected);
});

it("begins anew once it went through", () => {
  const { engine } = fail(9, 60_000);
  endTrouble(engine, "it");
  expect(isResting(engine, "it")).toBe(false);
  expect(failsForLong(engine, "it")).toBe(false);
  expect(noteTrouble(engine, "it", error)).toMatchObject({ tries: 1 });
});

it("remembers a thousand at the most", () => {
  const { engine } = fail(1, 0);
  for (let at = 0; at < 1_000; at++) noteTrouble(engine, `other ${at}`, error);
  expect(engine.caches.troubles.size).toBe(1_000);
  expect(isResting(engine, "it")).toBe(false);
});
