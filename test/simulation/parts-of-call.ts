import type { AppendOutcome } from "../../lib/domain/append-outcome.js";
import type { Together, TogetherOutcome } from "../../lib/domain/together.js";
import type { Call } from "./port-calls.js";

/** A call, and what came of it. */
export interface Made {
  readonly call: Call;
  readonly outcome: unknown;
}

const NOTHING_WRONG: AppendOutcome = { kind: "anchor-moved" };

/** An append of several is to the checkers what it does: appends, and messages that are put to be published later. */
export function partsOf(call: Call, outcome: unknown): readonly Made[] {
  if (call.port !== "log" || call.method !== "appendAll") return [{ call, outcome }];
  const { appends, delays } = call.args[0] as Together;
  const ended = outcome as TogetherOutcome;
  const ofAppends = appends.map(({ partition, slot, ...options }, at): Made => ({
    call: { ...call, method: "append", args: [partition, slot, options] },
    outcome: ended.kind === "stored" ? ended : (ended.appends[at] ?? NOTHING_WRONG),
  }));
  if (ended.kind !== "stored") return ofAppends;
  const ofDelays = delays.map(({ topic, delayed, timers, claims, nowMs }): Made => ({
    call: { ...call, port: "delayed", method: "put", args: [topic, delayed, timers, { claims, nowMs }] },
    outcome: [],
  }));
  return [...ofAppends, ...ofDelays];
}
