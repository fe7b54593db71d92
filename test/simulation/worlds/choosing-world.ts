import { bornIn } from "../../../lib/domain/progress/inner.js";
import type { Move } from "../../../lib/domain/progress/records.js";
import { isWrite } from "../port-calls.js";
import { type ArrivingCall, World, settled } from "../world.js";

/** A call that could arrive next. `id` names it in every run that came here the same way. */
export interface Choice {
  readonly id: string;
  readonly call: ArrivingCall;
  readonly run: () => void;
}

/** Takes one of several calls that could arrive next; undefined ends the run: all that follows was seen before. */
export type Choose = (choices: readonly Choice[]) => Choice | undefined;

/** What one call goes to: a store, or one thing in it. */
export type Place = string;

/** The end of a handler, which may be heard of so many timers later: a commit may have begun by then. */
interface Ending extends Choice {
  timersLeft: number;
}
const TIME: ArrivingCall = { who: "time", port: "time", method: "goes on", args: [] };

/**
 * A world in which somebody else decides which call arrives next. Time goes on only when nothing can arrive but the
 * end of a handler, so that every wait, however short, ends in its order.
 */
export class ChoosingWorld extends World {
  #arriving: Choice[] = [];
  #endings: Ending[] = [];
  #turns: (() => void)[] = [];
  readonly #counts = new Map<string, number>();
  isPruned = false;
  /** What nobody writes to just now: a read of it commutes with everything, so it arrives at once. */
  unchanged: ReadonlySet<Place> = new Set();

  /** Timers that may pass before the end of a handler is heard of. */
  heardLate = 0;

  constructor(private readonly choose: Choose) {
    super(1, false);
  }

  override after(ms: number, run: () => void, call?: ArrivingCall): void {
    if (!call) super.after(ms, run);
    else if (!this.unchanged.has(placeOf(call))) this.#arriving.push(this.#choice(call, run));
    else if (isWrite(call))
      throw new Error(`${call.who} writes to ${placeOf(call)}, which is unchanged here`);
    else run();
  }

  /** Takes no time: what it leads to can arrive before or after everything else. */
  override turn(run: () => void): void {
    this.#turns.push(run);
  }

  /** Who is answered hears of it at once: what may come in between is chosen where the call arrives. */
  override answer(_ms: number, run: () => void): void {
    run();
  }

  override hears(call: ArrivingCall, run: () => void): void {
    this.#endings.push({ ...this.#choice(call, run), timersLeft: this.heardLate });
  }

  #choice(call: ArrivingCall, run: () => void): Choice {
    const count = (this.#counts.get(call.who) ?? 0) + 1;
    this.#counts.set(call.who, count);
    return { id: `${call.who}#${count}`, call, run };
  }

  override async runUntil(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await settled();
    while (this.violations.length === 0 && !this.isPruned && !isOver()) {
      await this.#takeTurns();
      const choices = this.#choices();
      const chosen = this.choose(choices);
      if (!chosen) {
        this.isPruned = true;
        return;
      }
      if (chosen.call !== TIME) await this.#arrives(chosen);
      else if (!(await this.#timer(untilMs, isOver))) return;
    }
  }

  async #takeTurns(): Promise<void> {
    while (this.#turns.length > 0) {
      for (const run of this.#turns.splice(0)) run();
      await settled();
    }
  }

  #choices(): readonly Choice[] {
    const all = [...this.#arriving, ...this.#endings];
    const canWait = this.#arriving.length === 0 && this.#endings.every(({ timersLeft }) => timersLeft > 0);
    return canWait ? [...all, this.#choice(TIME, () => undefined)] : all;
  }

  async #arrives(chosen: Choice): Promise<void> {
    this.#arriving = this.#arriving.filter(({ id }) => id !== chosen.id);
    this.#endings = this.#endings.filter(({ id }) => id !== chosen.id);
    this.eventCount++;
    chosen.run();
    await settled();
  }

  /** One timer, and whatever it sets off; false where there is none in time. */
  async #timer(untilMs: number, isOver: () => boolean): Promise<boolean> {
    for (const ending of this.#endings) ending.timersLeft--;
    const before = this.eventCount;
    await super.runUntil(untilMs, () => this.eventCount > before || isOver());
    return this.eventCount > before || this.#endings.length > 0;
  }
}

/**
 * Whether the order of two calls can make a difference: those of one process, or where one changes what both touch. Two
 * looks of one process see the same in either order: what it does as it hears of them the other way round is left to
 * the seeds.
 */
export function areDependent(one: ArrivingCall, other: ArrivingCall): boolean {
  if (one === TIME || other === TIME) return true;
  if (one.who === other.who) return !(isLook(one) && isLook(other));
  return (isWrite(one) || isWrite(other)) && meet(touched(one), touched(other));
}

/** The end of a handler changes nothing in a store, and yet it is more than a look. */
const isLook = (call: ArrivingCall): boolean => !isWrite(call) && call.port !== "subscriber";

/** What one transaction changes together: a deletion notes its garbage, and a subscription is counted on its topic. */
const SETTINGS = new Set(["topics", "subscriptions", "garbage"]);

/** Logs are one place, since one read takes the anchors of several partitions. */
function placeOf({ port, args }: ArrivingCall): Place {
  if (port === "locks") return `${port} ${String(args[0])}`;
  if (SETTINGS.has(port)) return "settings";
  return port;
}

/** The things of a place that a call touches: all of it, but for calls that are about some records only. */
function touched(call: ArrivingCall): readonly Place[] {
  const { port, method, args } = call;
  if (port !== "progress") return [placeOf(call)];
  if (ABOUT_ONE.has(method)) return placesOf(String(args[1]));
  if (method === "finishTogether") return (args[1] as readonly string[]).flatMap(placesOf);
  if (ABOUT_CURSORS.has(method)) return [CURSORS];
  if (method !== "move") return [CURSORS, RECORDS];
  const { cursor, remove = [], put = [] } = args[1] as Move;
  return [...(cursor ? [CURSORS] : []), ...[...remove, ...put].flatMap(({ id }) => placesOf(id))];
}

/** A lease that began in its cursor may still be there. */
const placesOf = (id: string): readonly Place[] => [
  `progress ${id}`,
  ...(bornIn(id) === undefined ? [] : [CURSORS]),
];

const ABOUT_ONE = new Set(["get", "finish", "acknowledge", "extend"]);
const ABOUT_CURSORS = new Set(["cursor", "cursors"]);
const CURSORS = "progress cursors";
/** All of them: what is due is looked for among them. */
const RECORDS = "progress records";

function meet(some: readonly Place[], others: readonly Place[]): boolean {
  const isRecord = (place: Place): boolean => place.startsWith("progress ") && place !== CURSORS;
  return some.some((one) =>
    others.some(
      (other) => one === other || (isRecord(one) && isRecord(other) && [one, other].includes(RECORDS)),
    ),
  );
}
