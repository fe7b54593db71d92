import { SluiceUsageError, shown } from "../errors.js";
import type { ReceivedMessage } from "../types.js";
import { type Timing, systemTiming } from "./timing.js";

/** What a handler gets beside its message. */
export interface Handling {
  /**
   * Aborts when the message's lease is lost, since another consumer may get it then, and when the consumer stops and
   * its time limit is over. Whatever the handler does afterwards, the message is not acknowledged.
   */
  readonly signal: AbortSignal;
}

export interface BatchHandling extends Handling {
  /** Sends one message of the batch back. The others are acknowledged when the handler returns. */
  readonly retry: (message: ReceivedMessage, error?: unknown) => void;
  /** Makes one message of the batch a dead letter at once: no other attempt will do. */
  readonly reject: (message: ReceivedMessage, error?: unknown) => void;
  /** Gives one message of the batch back unhandled: it comes again at once. */
  readonly giveBack: (message: ReceivedMessage) => void;
}

/** Handles one message: to return acknowledges it, to throw sends it back with the error's message. */
export type MessageHandler = (message: ReceivedMessage, handling: Handling) => unknown;

/** Handles several messages at once: to return acknowledges them, to throw sends all of them back. */
export type BatchHandler = (messages: readonly ReceivedMessage[], handling: BatchHandling) => unknown;

/** What went wrong where; `messages` are those that a handler had. */
export interface ErrorContext {
  readonly during: "receive" | "settle" | "extend" | "handler";
  readonly topic: string;
  readonly subscription: string;
  readonly messages: readonly ReceivedMessage[];
}

export interface ConsumeOptions {
  /** The most handlers at work at once. @default 10 */
  readonly concurrency?: number;
  /** What this consumer is called where its messages are listed: its host, say. @default none: nothing is told */
  readonly name?: string;
  /**
   * How long a message stays leased if this consumer dies. While it lives, it extends the leases of what its handlers
   * are at work on. @default 30
   */
  readonly ackDeadlineSeconds?: number;
  /** How long a request waits if there are no messages; at most two thirds of the deadline are used. @default 20 */
  readonly waitSeconds?: number;
  /**
   * `"key"`: messages of one key are handled one after the other, and none before an earlier one that failed. `"none"`
   * handles them at the same time; use it for topics without ordering only. @default "key"
   */
  readonly ordering?: "key" | "none";
  /** Stops the consumer when it aborts. */
  readonly signal?: AbortSignal;
  /** Signals of the process that stop the consumer: `["SIGTERM", "SIGINT"]`. @default none */
  readonly stopOn?: readonly string[];
  /** How long running handlers may take after a stop, before their signals abort. @default 20 */
  readonly stopTimeoutSeconds?: number;
  /** Hears of every error, those of handlers included. If it throws, the consumer stops. @default prints a line */
  readonly onError?: (error: unknown, context: ErrorContext) => void;
  /** @default the machine's; for tests */
  readonly timing?: Timing;
}

export interface ConsumeBatchesOptions extends ConsumeOptions {
  /** The most messages in one call of the handler. @default 10 */
  readonly maxMessages?: number;
}

export type ConsumeSettings = Required<Omit<ConsumeBatchesOptions, "signal" | "name">> &
  Pick<ConsumeOptions, "signal" | "name">;

const NAME = /^\P{C}+$/u;
const NAME_LIMIT_CHARACTERS = 128;
const CONCURRENCY_LIMIT = 1_000;
const MESSAGES_LIMIT = 1_000;
const WAIT_LIMIT_SECONDS = 20;
const DEADLINE_LIMIT_SECONDS = 43_200;

const printed = (error: unknown, { during, topic, subscription }: ErrorContext): void =>
  console.error(`sluice: ${topic}/${subscription}, ${during}: ${String(error)}`);

/** @throws {SluiceUsageError} */
export function consumeSettings(handler: unknown, options: ConsumeBatchesOptions): ConsumeSettings {
  if (typeof handler !== "function") throw new SluiceUsageError("the handler is not a function");
  const settings: ConsumeSettings = {
    concurrency: whole("concurrency", options.concurrency ?? 10, 1, CONCURRENCY_LIMIT),
    maxMessages: whole("maxMessages", options.maxMessages ?? 10, 1, MESSAGES_LIMIT),
    ackDeadlineSeconds: whole(
      "ackDeadlineSeconds",
      options.ackDeadlineSeconds ?? 30,
      1,
      DEADLINE_LIMIT_SECONDS,
    ),
    waitSeconds: whole("waitSeconds", options.waitSeconds ?? WAIT_LIMIT_SECONDS, 0, WAIT_LIMIT_SECONDS),
    stopTimeoutSeconds: numberOf("stopTimeoutSeconds", options.stopTimeoutSeconds ?? 20, 0, 86_400),
    ordering: options.ordering ?? "key",
    stopOn: options.stopOn ?? [],
    onError: options.onError ?? printed,
    timing: options.timing ?? systemTiming,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.name === undefined ? {} : { name: options.name }),
  };
  if (settings.name !== undefined && !isName(settings.name))
    throw new SluiceUsageError(
      `the option "name" is ${shown(settings.name)}: use 1 to 128 printable characters`,
    );
  if (settings.ordering !== "key" && settings.ordering !== "none")
    throw new SluiceUsageError(`the option "ordering" is ${shown(settings.ordering)}: use "key" or "none"`);
  if (typeof settings.onError !== "function")
    throw new SluiceUsageError('the option "onError" is not a function');
  // What is received at the end of a long poll has used up that much of its deadline, as far as we can know.
  const longest = Math.floor((settings.ackDeadlineSeconds * 2) / 3);
  return { ...settings, waitSeconds: Math.min(settings.waitSeconds, longest) };
}

const isName = (name: unknown): boolean =>
  typeof name === "string" && name.length <= NAME_LIMIT_CHARACTERS && NAME.test(name);

export function whole(name: string, value: unknown, from: number, to: number): number {
  return numberOf(name, value, from, to, "whole number");
}

function numberOf(name: string, value: unknown, from: number, to: number, kind = "number"): number {
  const isKind = kind === "number" ? typeof value === "number" : Number.isInteger(value);
  if (isKind && Number(value) >= from && Number(value) <= to) return Number(value);
  throw new SluiceUsageError(`the option "${name}" is ${shown(value)}: use a ${kind} from ${from} to ${to}`);
}
