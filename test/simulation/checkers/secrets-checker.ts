import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import { OVERLAP_MS, type WebhookSecrets } from "../../../lib/domain/webhook/secrets.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";

/** Whoever delivers signs with a new secret within so long. */
const HEARD_OF_MS = 5_000;
/** A call that is under way may take so long. */
const UNDER_WAY_MS = 100;
/** By a clock that is ahead the overlap ends sooner. */
const CLOCK_OFF_MS = 60_000;

interface Secret {
  readonly signing: string;
  readonly sinceMs: number;
}

/**
 * Deliveries are signed with the newest secret within five seconds, or after whoever delivers was last disturbed; with
 * the one before for a day; and with no older one.
 */
export class SecretsChecker {
  /** By subscription, the newest last. */
  readonly #secrets = new Map<string, Secret[]>();

  constructor(
    private readonly world: World,
    private readonly troubledUntilMs: (who: string) => number,
  ) {}

  after({ port, method, args }: Call, outcome: unknown): void {
    const isMade = method === "create" && (outcome as { kind: string }).kind === "created";
    if (port !== "subscriptions" || !(isMade || (method === "update" && outcome === "updated"))) return;
    const [ref, secrets] = args as [SubscriptionRef, WebhookSecrets | undefined];
    const known = this.#secrets.get(subscriptionKey(ref)) ?? [];
    if (!secrets || known.at(-1)?.signing === secrets.signing) return;
    if (known.length > 0) this.world.count("rotated");
    this.#secrets.set(subscriptionKey(ref), [...known, { ...secrets, sinceMs: this.world.nowMs }]);
  }

  /** A delivery begins, signed with these. */
  signed(who: string, ref: SubscriptionRef, signing: readonly string[]): void {
    const known = this.#secrets.get(subscriptionKey(ref)) ?? [];
    const [previous, newest] = [known.at(-2), known.at(-1)];
    if (!newest) return;
    this.world.count("signed");
    const heardFromMs = Math.max(newest.sinceMs, this.troubledUntilMs(who)) + HEARD_OF_MS + UNDER_WAY_MS;
    if (this.world.nowMs <= heardFromMs) return;
    const wrong = (what: string): void =>
      this.world.violation("secret", `${who} delivers to ${ref.name} ${what}, ${known.length} are known`);
    if (!signing.includes(newest.signing)) wrong("without the newest secret");
    const overlaps = previous && this.world.nowMs < newest.sinceMs + OVERLAP_MS - CLOCK_OFF_MS;
    if (overlaps && !signing.includes(previous.signing)) wrong("without the one before the newest secret");
    const old = new Set(known.slice(0, -2).map((one) => one.signing));
    if (signing.some((one) => old.has(one))) wrong("with a secret that is over");
  }
}
