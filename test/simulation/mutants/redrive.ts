import type { Mutant } from "./mutant.js";

const SEND_AGAIN = "lib/operations/redrive/send-again.ts";
const WORK = "lib/operations/redrive/work-on-job.ts";

/** Bugs of redrive jobs: of what they count, of what they leave out, and of how they end. */
export const REDRIVE_MUTANTS: readonly Mutant[] = [
  {
    name: "job-counts-beside-its-move",
    file: SEND_AGAIN,
    find: "const move: Move = { ...together(moves), act: this.#act(), ...(job ? { job } : {}) };",
    replace: `const move: Move = { ...together(moves), act: this.#act() };
      if (job && (await engine.redriveJobs.save(reader.subscription, job)) === "conflict") throw new JobLost();`,
    found: ["redrive"],
  },
  {
    name: "job-goes-on-behind-what-it-has-not-moved",
    file: WORK,
    find: "if (startsMs >= options.untilMs && !isDue) return startsMs;",
    replace: `if (startsMs >= options.untilMs && !isDue) {
        this.job = { ...this.job, ...(next === undefined ? {} : { cursor: next }) };
        this.#isSaved = false;
        if (next !== undefined) return startsMs;
      }
      if (next === undefined && startsMs >= options.untilMs && !isDue) break;`,
    plan: "operator: jobs over many dead letters, while processes stand still",
    found: ["redrive"],
  },
  {
    name: "ended-by-nobody",
    file: "lib/adapters/memory/dead-letter-store.ts",
    find: "if (move.act) acts.set(",
    replace: "if (move.act && !move.job) acts.set(",
    found: ["dead"],
  },
];
