import { simulate } from "./test/simulation/simulate.js";
const [from, count] = process.argv.slice(2).map(Number);
const counts = new Map<string, number>();
let bad = 0;
for (let i = 0; i < (count ?? 20); i++) {
  const seed = (from ?? 0) * 16 + 9 + i * 16;
  const run = await simulate(seed);
  for (const [k, v] of run.counts) counts.set(k, (counts.get(k) ?? 0) + v);
  if (run.violations.length) { console.log(seed, run.plan.topic.ordering, run.violations.slice(0, 2).join(" | ").slice(0,600)); if (++bad > 8) break; }
}
console.log([...counts].filter(([k]) => /outbox|rolled|published|killed|bell/.test(k)));
