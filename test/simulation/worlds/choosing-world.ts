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

const SHORT_MS = 100;

/** A world in which somebody else decides which call arrives next. Time goes on only when nothing can arrive. */
export class ChoosingWorld extends World {
  #arriving: Choice[] = [];
  readonly #counts = new Map<string, number>();
  isPruned = false;

  constructor(private readonly choose: Choose) {
    super(1, false);
  }

  override after(ms: number, run: () => void, call?: ArrivingCall): void {
    if (call) {
      const count = (this.#counts.get(call.who) ?? 0) + 1;
      this.#counts.set(call.who, count);
      this.#arriving.push({ id: `${call.who}#${count}`, call, run });
    } else if (ms < SHORT_MS) {
      run();
    } else {
      super.after(ms, run);
    }
  }

  override async runUntil(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await settled();
    while (this.violations.length === 0 && !this.isPruned && !isOver()) {
      if (this.#arriving.length === 0) {
        const before = this.eventCount;
        // One timer, and whatever it sets off.
        await super.runUntil(untilMs, () => this.eventCount > before || isOver());
        if (this.eventCount === before) return;
        continue;
      }
      const chosen = this.#arriving.length === 1 ? this.#arriving[0] : this.choose(this.#arriving);
      if (!chosen) {
        this.isPruned = true;
        return;
      }
      this.#arriving = this.#arriving.filter((one) => one !== chosen);
      this.eventCount++;
      chosen.run();
      await settled();
    }
  }
}

/** Whether the order of two calls can make a difference: of one process, or to one place with a write among them. */
export function areDependent(one: ArrivingCall, other: ArrivingCall): boolean {
  if (one.who === other.who) return true;
  return placeOf(one) === placeOf(other) && (isWrite(one) || isWrite(other));
}

/** What one transaction changes together: a deletion notes its garbage, and a subscription is counted on its topic. */
const SETTINGS = new Set(["topics", "subscriptions", "garbage"]);

/** Logs are one place, since one read takes the anchors of several partitions. */
function placeOf({ port, args }: ArrivingCall): string {
  if (port === "locks") return `${port} ${String(args[0])}`;
  if (SETTINGS.has(port)) return "settings";
  return port;
}
