import { BEFORE_EXPIRY_MS } from "../../../lib/domain/batch-window.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { messageSizeBytes } from "../../../lib/domain/message.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { PlaceChecker } from "./place-checker.js";
import { type Watched, leaseIdOf } from "./watched.js";

/** No message is larger: a delivery with less room than that may be full. */
const LARGEST_BYTES = 1_500;

/** How long a message may wait for others. */
export const windowMsOf = ({ batch }: Pick<Subscription, "batch">): number => batch.windowSeconds * 1_000;

/** A delivery that has room for more goes no sooner than its window ends, unless it is due again, or would expire. */
export class WindowChecker {
  /** Where clocks are apart nobody can tell when a window ends; where memory is tight, none waits. */
  isOff = false;

  constructor(
    private readonly world: World,
    private readonly places: Pick<PlaceChecker, "logOf">,
  ) {}

  /** When the message should be handed out, at the latest, with the others of its delivery. */
  dueMs({ batch }: Pick<Subscription, "batch">, atMs: number, messages: readonly Handed[]): number {
    if (messages.length < batch.maxMessages) return atMs + windowMsOf({ batch });
    const filledMs = Math.max(...messages.map(({ publishedAtMs }) => publishedAtMs));
    return batch.windowSeconds === 0 ? atMs : Math.min(filledMs, atMs + windowMsOf({ batch }));
  }

  /** `subscription`: as the pump knows it that hands these out. */
  handsOut(watched: Watched, subscription: Subscription, messages: readonly Handed[]): void {
    const { windowSeconds, maxMessages, maxBytes } = subscription.batch;
    if (windowSeconds === 0 || this.isOff) return;
    if (messages.some((message) => leaseIdOf(watched, message) !== undefined)) return;
    const bytes = messages.reduce((sum, message) => sum + messageSizeBytes(message), 0);
    if (messages.length >= maxMessages || bytes + LARGEST_BYTES > maxBytes)
      return this.world.count("window-full");
    const endMs = Math.min(...messages.map((message) => endOf(message, windowSeconds)));
    this.world.count("window-looked-at");
    const leftMs = endMs - this.world.nowMs;
    if (leftMs <= 1 || this.#isAheadOfMore(watched, messages)) return;
    this.world.violation(
      "window",
      `${subscription.name} got ${messages.length} messages ${leftMs} ms before their window ends`,
    );
  }

  /** What waited for its key, while later ones were handed out, waits for no window. */
  #isAheadOfMore(watched: Watched, messages: readonly Handed[]): boolean {
    const [first] = messages;
    if (!first) return false;
    const mine = new Set(messages.map(({ id }) => id));
    const behind = this.places.logOf(watched.subscription, first.partition).from(first.offset);
    return behind.some(({ id }) => watched.handed.has(id) && !mine.has(id));
  }
}

const endOf = (
  { publishedAtMs, expiresAtMs = Infinity }: Pick<Handed, "publishedAtMs" | "expiresAtMs">,
  windowSeconds: number,
): number => Math.min(publishedAtMs + windowSeconds * 1_000, expiresAtMs - BEFORE_EXPIRY_MS);
