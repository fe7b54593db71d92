import { laneCount } from "../../domain/lane.js";
import type { Take } from "../consume/take.js";
import { takeDue } from "../consume/take-due.js";
import type { Owner } from "./batch.js";
import { BlockSupply } from "./block-supply.js";
import type { Breaker } from "./breaker.js";
import { deliveryLeaseMs } from "./delivery-lease.js";
import { LeasedSupply } from "./leased-supply.js";
import { OwnedSupply } from "./owned-supply.js";
import type { SessionContext } from "./session-context.js";
import type { SupplyContext } from "./supply.js";

const LOOK_FOR_DUE_EVERY_MS = 1_000;
const PAUSES = { pauseFromMs: 25, pauseUpToMs: 500 };
/** One look at a time for so many deliveries: a look takes some 20 ms, a quick handler not much longer. */
const DELIVERIES_A_LOOK = 4;
/** The store's client has 50 sockets. */
const LOOKS_AT_MOST = 32;

/** Where a session's batches come from. */
export interface Supplies {
  readonly due: LeasedSupply;
  /** A single lane owns the heads, several take blocks. */
  readonly fresh: OwnedSupply | BlockSupply;
}

/** What a session delivers, `width` at once. */
export function suppliesFor(
  session: SessionContext,
  { width, ...ordered }: Pick<Owner, "width" | "looksWithinMs" | "came">,
  fail: SupplyContext["fail"],
): Supplies {
  const { engine, flights, reader, pacing, deaths } = session;
  const account = engine.budget.account();
  const context: SupplyContext = { engine, reader, signal: flights.signal, pacing, fail, account };
  const owner = { deaths, width, ...ordered, ...probingOf(flights.breaker) };
  const fresh = freshOf(session, context, owner, (dueMs) => due.expect(dueMs));
  const due: LeasedSupply = new LeasedSupply(context, {
    fetch: async (most) =>
      fresh instanceof OwnedSupply && (await fresh.first.hasNoRecords())
        ? { kind: "empty" }
        : await takeDue(engine, reader, takeOf(session, most)),
    maxBytes: reader.subscription.batch.maxBytes,
    pauseFromMs: LOOK_FOR_DUE_EVERY_MS,
    pauseUpToMs: LOOK_FOR_DUE_EVERY_MS,
    looks: looksOf(width),
  });
  return { due, fresh };
}

const looksOf = (width: number): number => Math.min(LOOKS_AT_MOST, Math.ceil(width / DELIVERIES_A_LOOK));

const takeOf = ({ reader: { subscription }, lane }: SessionContext, maxBytes: number): Take => ({
  maxMessages: subscription.batch.maxMessages,
  maxBytes,
  leaseMs: deliveryLeaseMs(subscription),
  consumer: { lane },
});

/**
 * What is refused stays at the head. So that a single message that its target never takes does not keep the
 * subscription asleep, each probe is another message.
 */
const probingOf = ({ isProbing, asleep }: Breaker): { nthProbe?: number } =>
  isProbing && asleep ? { nthProbe: asleep.pauses } : {};

/** `onStuck`: called with the time at which messages are due that were given back: the lane had no room for them. */
function freshOf(
  { flights, keeper, hints, lane }: SessionContext,
  context: SupplyContext,
  owner: Owner,
  onStuck: (dueMs: number) => void,
): Supplies["fresh"] {
  const { engine, reader } = context;
  if (laneCount(reader, engine.settings.laneWidth) === 1)
    return new OwnedSupply(context, owner, flights, hints.news);
  const leaseMs = deliveryLeaseMs(reader.subscription);
  const free = (): number => owner.width - keeper.taken - flights.count;
  return new BlockSupply(context, { leaseMs, lane, free, onStuck, ...PAUSES }, flights);
}
