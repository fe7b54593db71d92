import type { Filter } from "../domain/filter/evaluate.js";
import { matches } from "../domain/filter/evaluate.js";
import { compileFilter } from "../domain/filter/filter.js";
import { viewOf } from "../domain/filter/view.js";
import type { MessageContent } from "../domain/message.js";
import type { Subscription } from "../domain/subscription.js";
import type { Engine } from "./engine.js";

/**
 * A message that is passed over does not come again. So no message is judged by a filter that was read longer ago, also
 * where a process stood still in between: a changed filter holds for what is published ten seconds later.
 */
const IN_FORCE_FOR_MS = 8_000;

/** A filter with its text, by which what was found out with it is remembered. */
export interface FilterInForce {
  readonly text: string;
  /** undefined if this release cannot read it: then every message matches. */
  readonly filter: Filter | undefined;
}

/** Remembers the filter of a subscription that was read at `atMs`, so that it need not be read again for a while. */
export function noteFilter({ caches }: Engine, { uid, filter }: Subscription, atMs: number): void {
  const known = caches.filters.get(uid);
  if (!known || known.atMs <= atMs) caches.filters.set(uid, { value: filter, atMs });
}

/** The text of the filter, as far as this process knows. */
export function filterText({ caches }: Engine, { uid, filter }: Subscription): string | undefined {
  const known = caches.filters.get(uid);
  return known ? known.value : filter;
}

/**
 * The filter by which messages are judged now; undefined if there is none. A subscription that had none when it was
 * looked up may have one since: its consumers look it up again within seconds, and until then get more than they want.
 * @throws {StorageUnavailable} {Throttled} if it has to be read, and cannot be
 */
export async function filterInForce(
  engine: Engine,
  subscription: Subscription,
): Promise<FilterInForce | undefined> {
  if (subscription.filter === undefined) return undefined;
  const { caches, clock, subscriptions } = engine;
  const nowMs = clock.nowMs();
  const known = caches.filters.get(subscription.uid);
  const isFresh = known !== undefined && nowMs >= known.atMs && nowMs - known.atMs < IN_FORCE_FOR_MS;
  if (!isFresh) {
    const found = await subscriptions.get(subscription.topic, subscription.name);
    // If it is gone, nothing that is done for it counts any more.
    const now = found?.uid === subscription.uid ? found : subscription;
    caches.filters.set(subscription.uid, { value: now.filter, atMs: nowMs });
  }
  const text = filterText(engine, subscription);
  return text === undefined ? undefined : { text, filter: compiledFilter(engine, text) };
}

/** The filter of a text; undefined if this release cannot read it: then every message matches. */
export function compiledFilter(engine: Engine, text: string): Filter | undefined {
  const known = engine.caches.compiledFilters.get(text);
  if (known) return known;
  try {
    const filter = compileFilter(text);
    engine.caches.compiledFilters.set(text, filter);
    return filter;
  } catch (error) {
    tellFailed(engine, error);
    return undefined;
  }
}

/** Whether a message matches. An evaluation that fails is a bug: then the message is delivered rather than lost. */
export function isWanted(engine: Engine, filter: Filter, message: MessageContent): boolean {
  try {
    return matches(filter, viewOf(message));
  } catch (error) {
    tellFailed(engine, error);
    return true;
  }
}

const tellFailed = ({ telemetry }: Engine, error: unknown): void =>
  telemetry.event("filter-failed", "error", { error: String(error) });

/** The filter of one read, which may take longer than one is good for. */
export class FilterForRead {
  readonly #texts = new Set<string | undefined>();

  constructor(
    private readonly engine: Engine,
    private readonly subscription: Subscription,
  ) {}

  readonly now = async (): Promise<FilterInForce | undefined> => {
    const inForce = await filterInForce(this.engine, this.subscription);
    this.#texts.add(inForce?.text);
    return inForce;
  };

  /** Whether nothing of the read was judged by another filter. */
  isOnly(text: string): boolean {
    return this.#texts.size === 1 && this.#texts.has(text);
  }
}
