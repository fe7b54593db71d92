import { deadlineOf } from "../../../lib/domain/progress/deadlines.js";
import { type Due } from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import type { World } from "../world.js";
import { isTaken } from "./attempt-checker.js";
import type { Mover, Watched } from "./watched.js";
import { messagesIn } from "./messages-in.js";

/** From a retry's time to the move that hands it out: a clock's step, a start, and some looks. */
const TIMELY_MS = 5_000;

/** Records are taken when they are due: no earlier, and where nothing goes wrong not much later. */
export class TimingChecker {
  /** Names of subscriptions whose retries are in time: nothing goes wrong there but that messages fail. */
  timely: ReadonlySet<string> = new Set();

  constructor(private readonly world: World) {}

  moved(who: Mover, watched: Watched, before: readonly Due[], put: readonly Due[]): void {
    this.#notEarly(who, watched, before, put);
    this.#inTime(who.name, watched, before, put);
  }

  /** What goes from a record into a lease was due by the clock of who took it; who took a block divides it. */
  #notEarly({ name, nowMs }: Mover, watched: Watched, before: readonly Due[], put: readonly Due[]): void {
    const fresh = put.filter((record) => isTaken(record, before));
    if (fresh.length === 0) return;
    // What is parked in a lease was not handed out.
    const handedOut = fresh.flatMap(messagesIn).filter(({ parkedUntilMs }) => parkedUntilMs === undefined);
    const taken = new Set(offsetsIn(handedOut));
    for (const record of before.filter(({ id }) => watched.takers.get(id) !== name)) {
      for (const span of messagesIn(record)) {
        const inMs = deadlineOf(record, span) - nowMs;
        if (inMs <= 0 || !offsetsIn([span]).some((offset) => taken.has(offset))) continue;
        const what = `${record.kind} ${record.id} of ${watched.subscription.name}`;
        this.world.violation("early", `${name} took of ${what} what is due in ${inMs} ms by its clock`);
      }
    }
  }

  /** A timer wakes a pump for a retry, to the second: it waits only while handlers are at work. */
  #inTime(
    who: string,
    { subscription: { name }, activeAtMs }: Watched,
    before: readonly Due[],
    put: readonly Due[],
  ): void {
    if (!this.timely.has(name) || !put.some((record) => isTaken(record, before))) return;
    for (const { kind, id, dueMs } of before) {
      const lateMs = this.world.nowMs - Math.max(dueMs, activeAtMs);
      if (kind === "retry") this.world.count("in-time-looked-at");
      if (kind !== "retry" || lateMs <= TIMELY_MS) continue;
      this.world.violation("promptness", `${who} took retry ${id} of ${name} ${lateMs} ms after it was due`);
    }
  }
}
