import type { Mutant } from "./mutant.js";

const WORK = "lib/operations/redrive/work-on-replay.ts";
const PLACE = "lib/operations/redrive/place-replayed.ts";
const PULLED =
  "replay: what is done comes again, and now and then a replay is cancelled, of a consumer that pulls";

/** Bugs of replays: of what they count, of what they send though it comes anyway, and of what they leave out. */
export const REPLAY_MUTANTS: readonly Mutant[] = [
  {
    name: "replay-notes-beside-its-move",
    file: WORK,
    find: 'if ((await engine.progress.move(reader.subscription, { ...placed.move, job })) === "moved") {',
    replace: `if (
        (await engine.progress.move(reader.subscription, placed.move)) === "moved" &&
        (await engine.replayJobs.save(reader.subscription, job)) === "saved"
      ) {`,
    plan: PULLED,
    found: ["place", "replay"],
  },
  {
    name: "replays-what-is-under-way",
    file: PLACE,
    find: "const underWay = new Set(offsets.filter((offset) => open.has(replay.partition, offset)));",
    replace: "const underWay = new Set<number>(open.has(-1, -1) ? offsets : []);",
    plan: PULLED,
    found: ["place", "replay"],
  },
  {
    name: "replay-begins-behind-the-slot-that-it-is-in",
    file: "lib/operations/redrive/stretch.ts",
    find: "this.#next = { head: offset + 1, slotBase: isLast ? offset + 1 : slot.base };",
    replace: "this.#next = { head: nextOffset(slot), slotBase: isLast ? offset + 1 : slot.base };",
    plan: PULLED,
    found: ["replay"],
  },
];
