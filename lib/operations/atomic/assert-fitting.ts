import { InvalidRequest, SchemaViolated, type SluiceError } from "../../domain/errors.js";
import type { Engine } from "../engine.js";
import { bodyFaults, tellRefused } from "../publish/body-faults.js";
import type { Addressed } from "./atomic-plan.js";

/**
 * @throws {SchemaViolated} that names every fault, if one of the bodies does not fit its topic's schema
 * @throws {Throttled} if there was no time to check all of them
 */
export async function assertFitting(engine: Engine, all: readonly Addressed[]): Promise<void> {
  const faults = new Map<number, SluiceError>();
  for (const topic of new Set(all.map((one) => one.topic))) {
    const places = [...all.keys()].filter((place) => all[place]?.topic === topic);
    const contents = places.map((place) => (all[place] as Addressed).content);
    const own = await bodyFaults(engine, topic, contents);
    own.forEach((fault, at) => {
      if (fault) faults.set(places[at] as number, fault);
    });
    tellRefused(engine, topic, own);
  }
  const inOrder = [...faults].sort(([one], [other]) => one - other);
  const unfit = inOrder.flatMap(([place, fault]) =>
    fault instanceof InvalidRequest ? fault.below(`messages[${place}]`).errors : [],
  );
  if (unfit.length > 0) throw new SchemaViolated(unfit);
  const [unchecked] = faults.values();
  if (unchecked) throw unchecked;
}
