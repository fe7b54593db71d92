import {
  type DeadLetter,
  actKey,
  countChanges,
  deadLetterExpiryMs,
  deadLetterKey,
  entryOf,
  isListed,
  mendedName,
  mendedPrefix,
  nonceInActKey,
} from "../../lib/domain/dead-letter.js";
import { DAY_MS, NOW_MS, aDeadLetter } from "../contract/builders.js";

const HOUR_MS = 3_600_000;
const at = (expiresAtMs: number): DeadLetter => aDeadLetter({ expiresAtMs });

describe("when a dead letter expires", () => {
  it.each([
    ["an hour", HOUR_MS, HOUR_MS],
    ["two days", 2 * DAY_MS, HOUR_MS],
    ["three days", 3 * DAY_MS, DAY_MS],
    ["a year", 365 * DAY_MS, DAY_MS],
  ])("is %s later, rounded up to a common time", (_what, retentionMs, stepMs) => {
    for (const nowMs of [NOW_MS, NOW_MS + 1, NOW_MS + HOUR_MS - 1, NOW_MS + 17 * HOUR_MS]) {
      const expiresAtMs = deadLetterExpiryMs(nowMs, retentionMs);
      expect(expiresAtMs % stepMs).toBe(0);
      expect(expiresAtMs).toBeGreaterThanOrEqual(nowMs + retentionMs);
      expect(expiresAtMs).toBeLessThan(nowMs + retentionMs + stepMs);
    }
  });
});

describe("the counts of dead letters", () => {
  it("change by what comes and what goes, for each time of expiry", () => {
    const move = {
      deadLetters: [{ letter: at(1) }, { letter: at(1) }, { letter: at(2), replaces: at(3) }],
      endedDeadLetters: [at(3), at(4)],
    };
    expect([...countChanges(move)]).toEqual([
      [1, 2],
      [2, 1],
      [3, -2],
      [4, -1],
    ]);
  });

  it("do not change where one takes the place of another, or for a move without dead letters", () => {
    expect(countChanges({ deadLetters: [{ letter: at(1), replaces: at(1) }] }).size).toBe(0);
    expect(countChanges({}).size).toBe(0);
  });
});

describe("the list of dead letters", () => {
  it("is in the order of time, also where a time has fewer digits", () => {
    const times = [9, 10, 999, NOW_MS];
    const keys = times.map((deadLetteredAtMs) => deadLetterKey(aDeadLetter({ deadLetteredAtMs })));
    expect([...keys].sort()).toEqual(keys);
  });

  it("is in the order of the log, where several died at once", () => {
    const keys = [9, 10, 4_102_444_800_000_000].map((offset) => deadLetterKey(aDeadLetter({ offset })));
    expect([...keys].sort()).toEqual(keys);
  });

  it("has entries without content", () => {
    const { copy, ...rest } = aDeadLetter({ key: "a" });
    expect(entryOf({ ...rest, copy })).toEqual(rest);
  });

  it("shows what is alive, of the key and tag that are asked for", () => {
    const letter = aDeadLetter({ key: "a", tag: "x", expiresAtMs: NOW_MS + 1 });
    expect(isListed(letter, { nowMs: NOW_MS })).toBe(true);
    expect(isListed(letter, { nowMs: NOW_MS + 1 })).toBe(false);
    expect(isListed(letter, { nowMs: NOW_MS, key: "a", tag: "x" })).toBe(true);
    expect(isListed(letter, { nowMs: NOW_MS, key: "b" })).toBe(false);
    expect(isListed(letter, { nowMs: NOW_MS, tag: "a" })).toBe(false);
    expect(isListed(aDeadLetter(), { nowMs: NOW_MS, key: "a" })).toBe(false);
  });
});

it("names what a message was mended to by its place, so that it is found, and no other's", () => {
  const name = mendedName({ partition: 3, offset: 7 }, "n-1");
  expect(name.startsWith(mendedPrefix({ partition: 3, offset: 7 }))).toBe(true);
  for (const place of [
    { partition: 3, offset: 70 },
    { partition: 33, offset: 7 },
  ])
    expect(mendedName(place, "n-1").startsWith(mendedPrefix({ partition: 3, offset: 7 }))).toBe(false);
});

it("tells in an act's key which dead letter it ended, whatever is in its nonce", () => {
  for (const nonce of ["n", "-n_-1-"]) {
    const letter = aDeadLetter({ nonce });
    expect(nonceInActKey(`letter-act#${actKey(letter, { kind: "erased", atMs: 5 })}`)).toBe(nonce);
  }
  expect(nonceInActKey("of another kind")).toBe("");
});
