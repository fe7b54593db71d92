import { setTimeout as pause } from "node:timers/promises";
import type { BatchHandling, ReceivedMessage, SluiceClient } from "../lib/client/index.js";
import { acknowledgePrinted } from "./acknowledge-printed.js";
import type { Context } from "./context.js";
import { OutputClosed } from "./output.js";

export interface FollowOptions {
  readonly topic: string;
  readonly subscription: string;
  readonly maxMessages?: number | undefined;
  readonly waitSeconds?: number | undefined;
  readonly ackDeadlineSeconds?: number | undefined;
  readonly consumer?: string | undefined;
}

/** A reader that leaves closes the pipe within this time of the line that it wanted last. */
const LEAVING_MS = 20;
/** The process ends a second after Ctrl-C, whatever is under way. */
const STOP_SECONDS = 0.5;

/**
 * Prints messages as they come, until Ctrl-C or until the reader of the output leaves. What is printed is acknowledged;
 * the rest is given back.
 */
export async function follow(
  client: SluiceClient,
  { stderr, isPiped, stopped }: Context,
  { topic, subscription, consumer: name, ...options }: FollowOptions,
  print: (group: readonly ReceivedMessage[]) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  stopped.addEventListener("abort", end);
  const printAll = async (
    messages: readonly ReceivedMessage[],
    { giveBack }: BatchHandling,
  ): Promise<void> => {
    try {
      await acknowledgePrinted(messages, {
        print,
        // They are acknowledged together when this handler returns.
        acknowledge: async () => (isPiped ? await pause(LEAVING_MS) : undefined),
        giveBack: async (rest) => rest.forEach(giveBack),
        isPiped,
        stopped: stop.signal,
      });
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
      end();
    }
  };
  const consumer = client.consumeBatches(topic, subscription, printAll, {
    ...Object.fromEntries(Object.entries({ ...options, name }).filter(([, value]) => value !== undefined)),
    concurrency: 1,
    stopTimeoutSeconds: STOP_SECONDS,
    signal: stop.signal,
    onError: (error, { during }) => {
      if (during === "handler") throw error;
      stderr(`${during}: ${error instanceof Error ? error.message : String(error)}\n`);
    },
  });
  await consumer.finished;
  stopped.removeEventListener("abort", end);
}
