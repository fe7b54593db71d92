import { BEFORE_EXPIRY_MS } from "../../../lib/domain/batch-window.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { messageSizeBytes } from "../../../lib/domain/message.js";
import type { Subscription, SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import { HEARD_OF_MS, type PauseChecker } from "./pause-checker.js";
import type { PlaceChecker } from "./place-checker.js";
import { SettingChecker, SettingsChecker } from "./setting-checker.js";
import { type Watched, leaseIdOf } from "./watched.js";

/** No message is larger: a delivery with less room than that may be full. */
const LARGEST_BYTES = 1_500;

/** A delivery that has room for more goes no sooner than its window ends, unless it is due again, or would expire. */
export class WindowChecker {
  /** Where clocks are apart nobody can tell when a window ends; where memory is tight, none waits. */
  isOff = false;

  readonly #windows: SettingChecker<number>;
  /** Whoever delivers hears of another window with all other settings. */
  readonly settings: SettingsChecker;

  constructor(
    private readonly world: World,
    private readonly places: Pick<PlaceChecker, "logOf">,
    pauses: PauseChecker,
  ) {
    this.#windows = new SettingChecker(world, pauses, ({ batch }) => batch.windowSeconds);
    this.settings = new SettingsChecker(world, pauses);
  }

  after(call: Call, outcome: unknown): void {
    this.settings.after(call, outcome);
    if (this.#windows.after(call, outcome)) this.world.count("window-changed");
  }

  /** How long a message may wait for others. */
  windowMs(ref: SubscriptionRef): number {
    return (this.#windows.now(ref) ?? 0) * 1_000;
  }

  /** When the message should be handed out, at the latest, with the others of its delivery. */
  dueMs(subscription: Subscription, atMs: number, messages: readonly Handed[]): number {
    const windowMs = this.windowMs(subscription);
    const changedAtMs = this.#windows.changedAtMs(subscription);
    // A shorter one ends what waits as soon as it is heard of.
    const fromMs = changedAtMs === undefined ? 0 : changedAtMs + HEARD_OF_MS;
    if (messages.length < subscription.batch.maxMessages) return Math.max(fromMs, atMs + windowMs);
    const filledMs = Math.max(...messages.map(({ publishedAtMs }) => publishedAtMs));
    return Math.max(fromMs, windowMs === 0 ? atMs : Math.min(filledMs, atMs + windowMs));
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
