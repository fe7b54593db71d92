import type { World } from "../world.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** Who has a lease is whoever got it. A cursor keeps it where it has room. */
export function saysWhoHasIt(
  world: World,
  places: PlaceChecker,
  watched: Watched,
  leaseIds: ReadonlySet<string | undefined>,
  name: string,
): void {
  for (const id of leaseIds) {
    const lease = id === undefined ? undefined : places.record(watched, id);
    if (lease?.kind !== "lease" || (lease.isInner && !lease.consumer)) continue;
    world.count("consumer-looked-at");
    const { name: told = "nobody" } = lease.consumer ?? {};
    if (told !== name) world.violation("consumer", `${name} got lease ${id}, which says that ${told} has it`);
  }
}
