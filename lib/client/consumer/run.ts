import { SluiceLeaseLost } from "../errors.js";
import type { ReceivedMessage, SettlementInput } from "../types.js";
import type { BatchHandler, BatchHandling } from "./options.js";
import { RejectError } from "./reject-error.js";
import { RetryLater } from "./retry-later.js";
import type { Held } from "./stock.js";

/** What is to be said of a message after its handler is over; undefined if nobody would listen. */
export interface Outcome {
  readonly held: Held;
  readonly word: SettlementInput | undefined;
}

export interface Ended {
  readonly outcomes: readonly Outcome[];
  /** What the handler threw. */
  readonly thrown?: unknown;
}

const ERROR_LIMIT_CHARACTERS = 1_024;

/** One call of a handler. */
export class Run {
  readonly #controller = new AbortController();
  /** What the handler said of single messages. */
  readonly #said = new Map<ReceivedMessage, (held: Held) => SettlementInput>();

  constructor(
    readonly batch: readonly Held[],
    readonly startedAtMs: number,
  ) {}

  get messages(): readonly ReceivedMessage[] {
    return this.batch.map(({ message }) => message);
  }

  /** Tells the handler that its result will not count any more. */
  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  async call(handler: BatchHandler): Promise<Ended> {
    const { signal } = this.#controller;
    const handling: BatchHandling = {
      signal,
      retry: (message, error) => void this.#said.set(message, (held) => back(held, error)),
      reject: (message, error) => void this.#said.set(message, (held) => rejected(held, error)),
      giveBack: (message) => void this.#said.set(message, givenBack),
    };
    try {
      await handler(this.messages, handling);
    } catch (thrown) {
      // A handler that was told to stop throws for that reason, which is not the message's failure.
      if (!signal.aborted)
        return { outcomes: this.batch.map((held) => ({ held, word: back(held, thrown) })), thrown };
    }
    return { outcomes: signal.aborted ? this.#aborted() : this.#returned() };
  }

  /** A handler that was told to stop may return with its work undone: so nothing of it is acknowledged. */
  #aborted(): readonly Outcome[] {
    return this.batch.map((held) => ({ held, word: held.lost === "gone" ? undefined : givenBack(held) }));
  }

  /**
   * What comes after an undone message of the same chain counts as not handled, so that it does not overtake. A
   * rejected one never comes again, so nothing can overtake it.
   */
  #returned(): readonly Outcome[] {
    const undone = new Set<string>();
    return this.batch.map((held) => {
      const { message, chain } = held;
      const word = this.#said.get(message)?.(held);
      if (word) {
        if (word.outcome !== "reject") undone.add(chain);
        return { held, word };
      }
      if (undone.has(chain)) return { held, word: givenBack(held) };
      return { held, word: { receipt: message.receipt, outcome: "ack" } };
    });
  }
}

/** Given back at once, with no reason: nobody has failed. */
export const givenBack = ({ message: { receipt } }: Held): SettlementInput => ({
  receipt,
  outcome: "extend",
  ackDeadlineSeconds: 0,
});

function back(held: Held, error: unknown): SettlementInput {
  if (error instanceof RejectError) return rejected(held, error);
  return {
    receipt: held.message.receipt,
    outcome: "retry",
    ...(error instanceof RetryLater ? { delaySeconds: error.delaySeconds } : {}),
    ...why(error),
  };
}

const rejected = ({ message: { receipt } }: Held, error: unknown): SettlementInput => ({
  receipt,
  outcome: "reject",
  ...why(error),
});

function why(error: unknown): { readonly error?: string } {
  const text = textOf(error);
  return text === "" ? {} : { error: text };
}

/** As text that the API takes: halves of surrogate pairs are replaced. */
function textOf(error: unknown): string {
  if (error === undefined) return "";
  const text =
    error instanceof Error
      ? error.message || error.name
      : typeof error === "string"
        ? error
        : `thrown: ${typeof error}`;
  return text
    .replace(/\p{Surrogate}/gu, "\uFFFD")
    .slice(0, ERROR_LIMIT_CHARACTERS)
    .replace(/\p{Surrogate}$/u, "");
}

export const leaseLost = ({ message, lost }: Held): SluiceLeaseLost =>
  new SluiceLeaseLost(
    message.id,
    lost === "gone" ? "the API says that it is gone" : "it could not be extended in time",
  );
