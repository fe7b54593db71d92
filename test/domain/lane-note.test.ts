import type { Asleep } from "../../lib/domain/breaker.js";
import { laneNoteIn, laneNoteText } from "../../lib/domain/lane-note.js";
import { stragglersIn } from "../../lib/domain/lane.js";

const stragglers = [{ leaseId: "0001-a", untilMs: 7 }];
const asleep: Asleep = {
  reason: "missing",
  error: "404",
  sinceMs: 1,
  untilMs: 2,
  pauses: 3,
  version: 4,
};

const collecting = { untilMs: 9, version: 4, rooms: [{ partition: 1, below: 7, bytesEach: 100 }] };

describe("the note of a lane", () => {
  it.each([
    [{ stragglers }],
    [{ stragglers: [], asleep }],
    [{ stragglers, collecting }],
    [{ stragglers, collecting, asleep }],
    [{ stragglers, asleep: { ...asleep, reason: "gone" as const, goneSinceMs: 1 } }],
  ])("reads as it was written: %j", (note) => {
    expect(laneNoteIn(laneNoteText(note))).toEqual(note);
  });

  it("is none where there is nothing to note", () => {
    expect(laneNoteText({ stragglers: [] })).toBeUndefined();
    expect(laneNoteIn(undefined)).toEqual({ stragglers: [] });
  });

  it("tells a release that knows only of stragglers what it knows", () => {
    expect(stragglersIn(laneNoteText({ stragglers, asleep, collecting }))).toEqual(stragglers);
  });

  it.each(["", "{}", "nothing", "[1,null]", '[{"asleep":{"reason":"missing"}}]'])(
    "is empty in %p",
    (text) => {
      expect(laneNoteIn(text)).toEqual({ stragglers: [] });
    },
  );
});
