import { Patience, pauseMs } from "./consumer/back-off.js";
import { whole } from "./consumer/options.js";
import { type Timing, systemTiming, within } from "./consumer/timing.js";
import { SluiceUsageError } from "./errors.js";
import type { ReadMessage, ReadOptions, ReadPage } from "./read.js";

export interface TailOptions extends ReadOptions {
  /** How long a request waits if there are no messages. @default 20 */
  readonly waitSeconds?: number;
  /** Whether it ends once there is nothing left, instead of waiting for more. @default false */
  readonly untilEnd?: boolean;
  /** Ends it when it aborts. */
  readonly signal?: AbortSignal;
  /** Hears how many messages were past the topic's retention before they were read. @default prints a line */
  readonly onMissed?: (messages: number) => void;
  /** Hears of each request that failed, and is repeated. If it throws, the reader ends. @default prints a line */
  readonly onError?: (error: unknown) => void;
  /** @default the machine's; for tests */
  readonly timing?: Timing;
}

export type TailSettings = Required<
  Pick<TailOptions, "waitSeconds" | "untilEnd" | "onMissed" | "onError" | "timing">
> &
  Pick<TailOptions, "signal"> & { readonly request: Omit<ReadOptions, "waitSeconds"> };

const WAIT_LIMIT_SECONDS = 20;
/** An answer takes no longer than the wait that it was asked for, and this. */
const LATE_MS = 10_000;
/** Requests that come back empty at once, whatever the reason, are this far apart. */
const EMPTY_MS = 1_000;

/** @throws {SluiceUsageError} */
export function tailSettings(topic: string, options: TailOptions): TailSettings {
  const { from, cursor, limit, key, businessKey, untilEnd = false, signal } = options;
  if (from !== undefined && cursor !== undefined)
    throw new SluiceUsageError('"from" and "cursor" cannot be combined: give one of them');
  const given = Object.entries({ from, cursor, limit, key, businessKey }).filter(
    ([, one]) => one !== undefined,
  );
  return {
    request: Object.fromEntries(given),
    waitSeconds: whole("waitSeconds", options.waitSeconds ?? WAIT_LIMIT_SECONDS, 0, WAIT_LIMIT_SECONDS),
    untilEnd,
    onMissed:
      options.onMissed ??
      ((messages) => console.error(`sluice: ${topic}: ${messages} messages expired before they were read`)),
    onError: options.onError ?? ((error) => console.error(`sluice: ${topic}, read: ${String(error)}`)),
    timing: options.timing ?? systemTiming,
    ...(signal ? { signal } : {}),
  };
}

/** Reads a topic page after page, without a subscription. It can be gone through once. */
export class Tail implements AsyncIterable<ReadMessage> {
  #cursor: string | undefined;
  readonly #patience = new Patience();

  constructor(
    private readonly read: (options: ReadOptions, signal: AbortSignal) => Promise<ReadPage>,
    private readonly settings: TailSettings,
  ) {
    this.#cursor = settings.request.cursor;
  }

  /**
   * Where to go on after a restart: behind the last page that was gone through. Messages of a page that was begun come
   * again. undefined before the first one.
   */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReadMessage, void, undefined> {
    for await (const { items } of this.pages()) yield* items;
  }

  /**
   * The same page by page, for a reader that notes its place with each: a page's `nextCursor` lies behind it. Pages
   * without messages are left out, but for the last one of a reader that ends.
   */
  async *pages(): AsyncGenerator<ReadPage, void, undefined> {
    const { signal, untilEnd, timing, onMissed } = this.settings;
    while (signal?.aborted !== true) {
      const isFirst = this.#cursor === undefined;
      const sentAtMs = timing.nowMs();
      const page = await this.#next();
      if (!page) return;
      if (page.missed !== undefined) onMissed(page.missed);
      const isOver = untilEnd && page.atEnd;
      if (page.items.length > 0 || isOver) yield page;
      this.#cursor = page.nextCursor;
      if (isOver) return;
      const pause = sentAtMs + EMPTY_MS - timing.nowMs();
      if (page.items.length === 0 && page.atEnd && pause > 0 && !isFirst) await timing.sleep(pause, signal);
    }
  }

  /** undefined once the signal has aborted. @throws what is refused, and stays refused */
  async #next(): Promise<ReadPage | undefined> {
    const { signal, timing, onError, untilEnd, waitSeconds, request } = this.settings;
    const { from: _, ...others } = request;
    const cursor = this.#cursor;
    // Once there is a cursor, a request that fails can be repeated from there: so the first one does not wait.
    const asked = {
      ...(cursor === undefined ? request : { ...others, cursor }),
      waitSeconds: untilEnd || cursor === undefined ? 0 : waitSeconds,
    };
    for (let failures = 0; signal?.aborted !== true; failures++) {
      const limitMs = asked.waitSeconds * 1_000 + LATE_MS;
      try {
        const page = await within(timing, limitMs, (limit) => this.read(asked, limit), signal);
        this.#patience.worked();
        return page;
      } catch (error) {
        if (signal?.aborted) return undefined;
        if (this.#patience.isOver(error, timing.nowMs())) throw error;
        onError(error);
        await timing.sleep(pauseMs(failures, error, timing.random()), signal);
      }
    }
    return undefined;
  }
}
