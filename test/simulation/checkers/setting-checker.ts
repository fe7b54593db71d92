import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { isCreated } from "./outcomes.js";
import { HEARD_OF_MS, type PauseChecker, UNDER_WAY_MS } from "./pause-checker.js";

interface Since<T> {
  readonly value: T;
  readonly fromMs: number;
}

/**
 * All values that a setting of each subscription ever had. A process may go by a former one for five seconds after the
 * change was stored, or after the process was last disturbed.
 */
export class SettingChecker<T> {
  readonly #all = new Map<string, Since<T>[]>();

  constructor(
    private readonly world: World,
    private readonly pauses: Pick<PauseChecker, "troubledUntilMs">,
    private readonly read: (subscription: Subscription) => T,
  ) {}

  /** Gives the subscription whose setting is another one now. */
  after({ port, method, args }: Call, outcome: unknown): Subscription | undefined {
    if (port !== "subscriptions") return undefined;
    const isStored =
      (method === "create" && isCreated(outcome)) || (method === "update" && outcome === "updated");
    if (!isStored) return undefined;
    const subscription = args[0] as Subscription;
    const all = this.#of(subscription);
    const value = this.read(subscription);
    if (all.at(-1)?.value === value) return undefined;
    all.push({ value, fromMs: this.world.nowMs });
    return all.length > 1 ? subscription : undefined;
  }

  #of(ref: SubscriptionRef): Since<T>[] {
    const key = subscriptionKey(ref);
    const all = this.#all.get(key) ?? [];
    this.#all.set(key, all);
    return all;
  }

  now(ref: SubscriptionRef): T | undefined {
    return this.#of(ref).at(-1)?.value;
  }

  /** When it was changed last; undefined: never. */
  changedAtMs(ref: SubscriptionRef): number | undefined {
    const all = this.#of(ref);
    return all.length > 1 ? all.at(-1)?.fromMs : undefined;
  }

  ever(ref: SubscriptionRef, value: T): boolean {
    return this.#of(ref).some((one) => one.value === value);
  }

  /** Whether a process need not have heard that this is not the value. */
  mayKnow(who: string, ref: SubscriptionRef, value: T): boolean {
    const all = this.#of(ref);
    return all.some((one, at) => {
      const { fromMs: overAtMs = Infinity } = all[at + 1] ?? {};
      const knownMs = Math.max(overAtMs, this.pauses.troubledUntilMs(who));
      return one.value === value && this.world.nowMs <= knownMs + HEARD_OF_MS + UNDER_WAY_MS;
    });
  }
}

/** A pump delivers by its subscription's settings as they are, or were until a moment ago. */
export class SettingsChecker {
  readonly #versions: SettingChecker<number>;

  constructor(
    private readonly world: World,
    pauses: Pick<PauseChecker, "troubledUntilMs">,
  ) {
    this.#versions = new SettingChecker(world, pauses, ({ version }) => version);
  }

  after(call: Call, outcome: unknown): void {
    this.#versions.after(call, outcome);
  }

  delivers(who: string, subscription: Subscription): void {
    const { name, version } = subscription;
    if (this.#versions.mayKnow(who, subscription, version)) return;
    this.world.violation(
      "settings",
      `${who} delivers to ${name} by version ${version} of it, which has changed`,
    );
  }
}
