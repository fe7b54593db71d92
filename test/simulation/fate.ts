import type { FaultRates } from "./faults.js";
import { type Call, isMove, isTransaction, isWrite } from "./port-calls.js";
import type { World } from "./world.js";

/** What becomes of one call, and how long its ways take. */
export interface Fate {
  readonly kind:
    | "normal"
    | "throttled"
    | "conflict"
    | "cancelled"
    | "lost-request"
    | "lost-answer"
    | "late-landing"
    | "sent-twice";
  readonly requestMs: number;
  readonly answerMs: number;
}

const TIMEOUT_MS = 20_000;
/** A signed request is good for some minutes; one that lands later is refused. */
export const LATEST_LANDING_MS = 120_000;

/** Where calls meet faults. */
interface Struck {
  readonly world: World;
  readonly rates: FaultRates;
}

export function fateOf({ world, rates }: Struck, call: Call): Fate {
  const requestMs = world.between(1, 8);
  const answerMs = world.between(1, 8);
  const normal: Fate = { kind: "normal", requestMs, answerMs };
  if (world.chance(rates.throttled)) return struck("throttled", requestMs, answerMs);
  if (isMove(call) && world.chance(rates.conflict)) return struck("conflict", requestMs, answerMs);
  if (isTransaction(call) && world.chance(rates.cancelled)) return struck("cancelled", requestMs, answerMs);
  if (world.chance(rates.lostRequest))
    return struck("lost-request", requestMs, world.between(1_000, TIMEOUT_MS));
  if (!isWrite(call)) return normal;
  if (world.chance(rates.lostAnswer))
    return struck("lost-answer", requestMs, world.between(1_000, TIMEOUT_MS));
  if (world.chance(rates.sentTwice)) return struck("sent-twice", requestMs, answerMs);
  if (world.chance(rates.lateLanding)) {
    const givenUpMs = world.between(1_000, TIMEOUT_MS);
    return struck("late-landing", world.between(givenUpMs, LATEST_LANDING_MS), givenUpMs);
  }
  return normal;

  function struck(kind: Fate["kind"], request: number, answer: number): Fate {
    world.count(kind);
    return { kind, requestMs: request, answerMs: answer };
  }
}
