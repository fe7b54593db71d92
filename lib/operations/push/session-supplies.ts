import { laneCount } from "../../domain/lane.js";
import { consumerMemory } from "../consume/known-cursors.js";
import type { Take } from "../consume/take.js";
import { takeDue } from "../consume/take-due.js";
import { takeNext } from "../consume/take-next.js";
import { deliveryLeaseMs } from "./flights.js";
import { LeasedSupply } from "./leased-supply.js";
import { OwnedSupply } from "./owned-supply.js";
import type { SessionContext } from "./session.js";
import type { SupplyContext } from "./supply.js";

const LOOK_FOR_DUE_EVERY_MS = 1_000;
const POLL_FROM_MS = 25;
const POLL_UP_TO_MS = 500;
/** One look at a time for so many deliveries: a look takes some 20 ms, a quick handler not much longer. */
const DELIVERIES_A_LOOK = 4;
/** The store's client has 50 sockets. */
const LOOKS_AT_MOST = 32;

export interface Supplies {
  readonly due: LeasedSupply;
  /** Owned, if the session's pump is the only one of its subscription. */
  readonly fresh: OwnedSupply | LeasedSupply;
}

/** What a session delivers, `width` at once. */
export function suppliesFor(session: SessionContext, width: number, fail: SupplyContext["fail"]): Supplies {
  const { engine, flights, reader, deaths, hints } = session;
  const { topic, subscription } = reader;
  const account = engine.budget.account();
  const context: SupplyContext = { engine, reader, signal: flights.signal, fail, account };
  const { maxMessages, maxBytes } = subscription.batch;
  const takeOf = (most: number): Take => ({
    maxMessages,
    maxBytes: most,
    leaseMs: deliveryLeaseMs(subscription),
  });
  const looks = Math.min(LOOKS_AT_MOST, Math.ceil(width / DELIVERIES_A_LOOK));
  const isOwned = topic.ordering === "none" && laneCount(reader, engine.settings.laneWidth) === 1;
  const owned = isOwned ? new OwnedSupply(context, { deaths, width }, flights, hints.news) : undefined;
  const due = new LeasedSupply(context, {
    fetch: async (most) =>
      (await owned?.first.hasNoRecords()) ? { kind: "empty" } : await takeDue(engine, reader, takeOf(most)),
    maxBytes,
    pauseFromMs: LOOK_FOR_DUE_EVERY_MS,
    pauseUpToMs: LOOK_FOR_DUE_EVERY_MS,
    looks,
  });
  if (owned) return { due, fresh: owned };
  const atWork = new Set<number>();
  const fresh = new LeasedSupply(context, {
    fetch: async (most) =>
      await takeNext(engine, reader, await consumerMemory(engine, subscription), {
        ...takeOf(most),
        atWork,
        isModest: !due.isDry,
      }),
    maxBytes,
    pauseFromMs: POLL_FROM_MS,
    pauseUpToMs: POLL_UP_TO_MS,
    looks: topic.ordering === "key" ? looks : 1,
  });
  return { due, fresh };
}
