import { StoredFormatTooNew } from "../../../lib/domain/errors.js";
import type { SlotPage } from "../../../lib/domain/ports/log-store.js";
import type { Slot, Tail } from "../../../lib/domain/slot.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { ack, bodies, publishEach, receive, withAudit } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";

/** Stores as a release sees them that cannot read slots from `from()` on: a newer one wrote them. */
const anOlderRelease =
  (from: () => number) =>
  (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      const refuse = (base: number | undefined): void => {
        if (base !== undefined && base >= from()) throw new StoredFormatTooNew("a slot");
      };
      if (name === "log.tail" || name === "log.slotAt") refuse((answer as Tail | undefined)?.base);
      if (name !== "log.read") return answer;
      const { slots, more } = answer as SlotPage;
      const readable = slots.filter(({ base }: Slot) => base < from());
      if (readable.length === 0) refuse(slots[0]?.base);
      return { slots: readable, more: more || readable.length < slots.length };
    });

describe("a consumer of an older release", () => {
  it("gets what lies in front of a slot that it cannot read, and leaves the rest to the newer one", async () => {
    // GIVEN
    const audit = await withAudit({ topic: { partitions: 1 } });
    await publishEach(audit.engine, "old", "new", "newer");
    const [, second] = [...audit.storage.logs.values()].flat();
    const older = audit.process(anOlderRelease(() => second?.base ?? 0));
    // WHEN it goes on for as long as a deployment takes
    const received: unknown[] = [];
    for (let look = 1; look <= 20; look++) {
      const handed = await receive(older).catch((error: unknown) => {
        expect(error).toMatchObject({ code: "stored-format-too-new" });
        return [];
      });
      received.push(...bodies(handed));
      await ack(older, handed);
      audit.clock.sleep(60_000).catch(() => undefined);
    }
    // THEN
    expect(received).toEqual(["old"]);
    const { subscription } = await findSubscription(audit.engine, "orders", "audit");
    expect((await audit.engine.progress.setAside(subscription, { limit: 10 })).items).toEqual([]);
    expect(bodies(await receive(audit.process()))).toEqual(["new", "newer"]);
  });

  it("cannot publish behind such a slot, and says so: the same call goes through later", async () => {
    // GIVEN
    const audit = await withAudit({ topic: { partitions: 1 } });
    await publishEach(audit.engine, "new");
    let isOver = false;
    const older = audit.process(anOlderRelease(() => (isOver ? Infinity : 0)));
    // THEN
    await expect(publishEach(older, "old")).rejects.toMatchObject({ code: "stored-format-too-new" });
    isOver = true;
    await publishEach(older, "old");
    expect(bodies(await receive(audit.process()))).toEqual(["new", "old"]);
  });
});
