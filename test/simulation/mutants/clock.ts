import type { Mutant } from "./mutant.js";

const SWEEP = "lib/operations/clock/sweep.ts";
const TIMERS = "lib/operations/clock/timers.ts";
const FIRE = "lib/operations/clock/fire.ts";

/** Bugs of the clock: of timers, of sweeping, and of purging what was deleted. */
export const CLOCK_MUTANTS: readonly Mutant[] = [
  {
    name: "no-sweep",
    file: "lib/operations/clock/look-after.ts",
    find: "if (work.isThere) {",
    replace: "if (work.isThere && Number.isNaN(0)) {",
    found: ["progress"],
  },
  {
    name: "sweep-without-a-lock",
    file: SWEEP,
    find: 'if (acquired.kind === "held") return;',
    replace: "",
    found: ["sweep"],
  },
  {
    name: "sweep-never-says-how-far-it-came",
    file: SWEEP,
    find: "await locks.release(SWEEP_LOCK, owner, sweeping.note);",
    replace: "await locks.release(SWEEP_LOCK, owner);",
    found: ["sweep"],
  },
  {
    name: "timer-of-a-newer-release-removed",
    file: "lib/adapters/memory/timer-store.ts",
    find: "if (TIMER_KINDS.has(timer.kind)) due.push(copy(timer));",
    replace: "if (TIMER_KINDS.has(timer.kind)) due.push(copy(timer)); else timers.delete(timerKeyOf(timer));",
    found: ["timer"],
  },
  {
    name: "timer-stays-after-it-fired",
    file: FIRE,
    find: "await engine.timers.remove(timer);",
    replace: "void engine.timers;",
    found: ["leak", "cost", "progress"],
  },
  {
    name: "clock-never-goes",
    file: TIMERS,
    find: 'if (soon?.length === 0) return "quiet";',
    replace: "",
    found: ["cost", "leak", "clock"],
  },
  {
    name: "anchors-never-purged",
    file: "lib/operations/clock/purge-garbage.ts",
    find: "return !isInFlight && (await log.purge(garbage.topic));",
    replace: "return !!log;",
    found: ["leak"],
  },
  {
    name: "garbage-forgotten-at-once",
    file: "lib/operations/clock/purge-garbage.ts",
    find: "if (isEmpty && !isInFlight)",
    replace: "if (isEmpty)",
    world: "a consumer, an operator who deletes its subscription, and the clock",
    found: ["leak"],
  },
  {
    name: "timer-that-fails-holds-up-others",
    file: TIMERS,
    find: "await this.#wait(this.#startAll(soon ?? []));",
    replace: [
      "await this.#wait(this.#startAll(soon ?? []));",
      "await Promise.all(this.underWay.values());",
    ].join("\n"),
    found: ["promptness"],
  },
];
