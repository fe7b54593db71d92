import { type InvalidRequest, SchemaViolated } from "../../domain/errors.js";
import type { Engine } from "../engine.js";
import { bodyFaults, tellRefused } from "../publish/body-faults.js";
import type { Addressed } from "./atomic-plan.js";

/** @throws {SchemaViolated} that names every fault, if one of the bodies does not fit its topic's schema */
export async function assertFitting(engine: Engine, all: readonly Addressed[]): Promise<void> {
  const faults = new Map<number, InvalidRequest>();
  for (const topic of new Set(all.map((one) => one.topic))) {
    const places = [...all.keys()].filter((place) => all[place]?.topic === topic);
    const contents = places.map((place) => (all[place] as Addressed).content);
    const own = await bodyFaults(engine, topic, contents);
    own.forEach((fault, at) => {
      if (fault) faults.set(places[at] as number, fault);
    });
    tellRefused(engine, topic, own);
  }
  if (faults.size === 0) return;
  const inOrder = [...faults].sort(([one], [other]) => one - other);
  throw new SchemaViolated(
    inOrder.flatMap(([place, { errors }]) =>
      errors.map(({ path, detail }) => ({ path: `messages[${place}].${path}`, detail })),
    ),
  );
}
