import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import { aCursor, aLease, aSubscriptionRef } from "./builders.js";
import { GOOD, aBusyOne, everything, merged } from "./progress-parts.js";

export function progressRaceContract(make: () => Promise<ProgressStore>): void {
  const kinds = (outcomes: readonly string[]): string[] => [...outcomes].sort();

  it("lets one consumer make the first step of a partition, with its lease", async () => {
    // GIVEN
    const progress = await make();
    const subscription = aSubscriptionRef();
    const leases = Array.from({ length: 6 }, () => aLease());
    // WHEN
    const outcomes = await Promise.all(
      leases.map((lease) =>
        progress.move(subscription, { cursor: { partition: 0, next: aCursor() }, put: [lease] }),
      ),
    );
    // THEN
    expect(kinds(outcomes)).toEqual([...Array<string>(5).fill("conflict"), "moved"]);
    const stored = await Promise.all(leases.map(({ id }) => progress.get(subscription, id)));
    expect(stored.map((lease) => (lease ? "moved" : "conflict"))).toEqual(outcomes);
  });

  it("lets one consumer move a head, with its lease", async () => {
    // GIVEN
    const { progress, subscription } = await aBusyOne(make);
    const leases = Array.from({ length: 6 }, () => aLease());
    // WHEN
    const outcomes = await Promise.all(
      leases.map((lease) =>
        progress.move(subscription, {
          cursor: { partition: 0, next: aCursor({ head: 20, version: 2 }) },
          put: [lease],
        }),
      ),
    );
    // THEN
    expect(kinds(outcomes)).toEqual([...Array<string>(5).fill("conflict"), "moved"]);
    const stored = await Promise.all(leases.map(({ id }) => progress.get(subscription, id)));
    expect(stored.map((lease) => (lease ? "moved" : "conflict"))).toEqual(outcomes);
  });

  it("gives an expired lease to one of those that would take it over", async () => {
    // GIVEN
    const { progress, subscription, lease } = await aBusyOne(make);
    const successors = Array.from({ length: 6 }, () => aLease({ spans: lease.spans }));
    // WHEN
    const outcomes = await Promise.all(
      successors.map((next) => progress.move(subscription, { remove: [lease], put: [next] })),
    );
    // THEN
    expect(kinds(outcomes)).toEqual([...Array<string>(5).fill("conflict"), "moved"]);
    expect(await progress.get(subscription, lease.id)).toBeUndefined();
    expect((await progress.totals(subscription, 0)).inFlight).toBe(10);
  });

  it("either takes over a lease or sees it finished, never both", async () => {
    for (let round = 0; round < 10; round++) {
      const { progress, subscription, lease } = await aBusyOne(make);
      const next = aLease({ spans: lease.spans });
      const [finished, taken] = await Promise.all([
        progress.finish(subscription, lease.id),
        progress.move(subscription, { remove: [lease], put: [next] }),
      ]);
      expect(["done, conflict", "gone, moved"]).toContain(`${finished}, ${taken}`);
      expect((await progress.totals(subscription, 0)).inFlight).toBe(taken === "moved" ? 10 : 0);
    }
  });

  it("lets partitions go on side by side", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((partition) =>
        progress.move(subscription, { cursor: { partition, next: aCursor() }, put: [aLease({ partition })] }),
      ),
    );
    expect(outcomes).toEqual(["moved", "moved", "moved", "moved"]);
  });

  it.each(Object.entries(GOOD))(
    "is carried out once, however often it is asked for: %s",
    async (_name, part) => {
      // GIVEN a caller whose answer was lost, so that it asks again
      const busy = await aBusyOne(make);
      const move = merged([part(busy), { put: [aLease()] }]);
      await busy.progress.move(busy.subscription, move);
      const after = await everything(busy, move);
      // WHEN
      const outcome = await busy.progress.move(busy.subscription, move);
      // THEN whether the store can tell or not
      expect(["moved", "conflict"]).toContain(outcome);
      expect(await everything(busy, move)).toEqual(after);
    },
  );
}
