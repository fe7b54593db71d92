import { type Kind, type Share, type Turns, nextTurn } from "../../lib/domain/turns.js";

const IDLE: Share = { atWork: 0, waits: false, canStart: false };
const waiting = (atWork = 0): Share => ({ atWork, waits: true, canStart: true });
const turn = (given: Partial<Turns>): Kind | undefined =>
  nextTurn({ width: 10, due: IDLE, fresh: IDLE, last: "due", isHealing: true, ...given });

/** Starts whatever may start until nothing may, with handlers that never end. */
function filled(given: Partial<Turns>): { readonly due: number; readonly fresh: number } {
  let [due, fresh, last] = [0, 0, "due" as Kind];
  for (;;) {
    const dueShare = { ...(given.due ?? IDLE), atWork: due };
    const next = turn({ ...given, due: dueShare, fresh: { ...(given.fresh ?? IDLE), atWork: fresh }, last });
    if (!next) return { due, fresh };
    if (next === "due") due++;
    else fresh++;
    last = next;
  }
}

it("starts nothing where nothing can start, or as much is at work as may be", () => {
  expect(turn({})).toBeUndefined();
  expect(turn({ fresh: { atWork: 0, waits: true, canStart: false } })).toBeUndefined();
  expect(turn({ due: waiting(4), fresh: waiting(6) })).toBeUndefined();
  expect(turn({ due: waiting(4), fresh: waiting(5) })).toBe("due");
});

it.each([
  [10, 5, 5],
  [9, 4, 5],
  [2, 1, 1],
])("gives both half of a width of %i while both wait", (width, due, fresh) => {
  expect(filled({ width, due: waiting(), fresh: waiting() })).toEqual({ due, fresh });
});

it("gives one the whole width while nothing of the other waits", () => {
  expect(filled({ fresh: waiting() })).toEqual({ due: 0, fresh: 10 });
  expect(filled({ due: waiting() })).toEqual({ due: 10, fresh: 0 });
});

it("keeps what is due and fails again to its half, though nothing new waits", () => {
  expect(filled({ due: waiting(), isHealing: false })).toEqual({ due: 5, fresh: 0 });
  expect(filled({ width: 1, due: waiting(), isHealing: false })).toEqual({ due: 1, fresh: 0 });
});

it.each(["due", "fresh"] as const)("takes turns, one delivery at a time: not %s again", (last) => {
  const other = last === "due" ? "fresh" : "due";
  expect(turn({ width: 1, due: waiting(), fresh: waiting(), last })).toBe(other);
  expect(turn({ width: 1, [last]: waiting(), last })).toBe(last);
});
