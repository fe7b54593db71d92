import type { Answer, Death, Order, PlaceRequest } from "./order.js";
import type { Happened } from "./report.js";

/** Asks the service. @throws if there is no answer, for whatever reason */
export type Ask = (request: PlaceRequest) => Promise<readonly Answer[]>;

export interface FrontOptions {
  /** A whole number from 0 to below the limit. */
  readonly below: (limit: number) => number;
  /** Of the requests, so many go wrong, in percent. */
  readonly faults: number;
  /** "At any moment" is up to so long after a request has come. */
  readonly momentMs: number;
  /** Before it asks again. */
  readonly pause: () => Promise<void>;
}

const TRIES = 60;
const WHOLE = 100;

/** Has orders placed, and asks again until there is an answer, as a customer's page does. */
export class Front {
  readonly answers = new Map<string, Answer>();

  constructor(
    private readonly ask: Ask,
    private readonly happened: Happened,
    private readonly options: FrontOptions,
  ) {}

  /** One request after the other. @throws if there is none to one of them, however often it asks */
  async places(batches: readonly (readonly Order[])[]): Promise<void> {
    for (const orders of batches) {
      for (const answer of await this.#untilAnswered(orders)) this.answers.set(answer.orderId, answer);
    }
  }

  async #untilAnswered(orders: readonly Order[]): Promise<readonly Answer[]> {
    let failure: unknown;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) this.happened.askedAgain++;
      try {
        const answers = await this.#once(orders);
        this.happened.knownBefore += answers.filter((one) => one.outcome === "placed" && one.isKnown).length;
        return answers;
      } catch (error) {
        failure = error;
        await this.options.pause();
      }
    }
    throw failure;
  }

  async #once(orders: readonly Order[]): Promise<readonly Answer[]> {
    const { below, faults } = this.options;
    if (below(WHOLE) >= faults) return await this.ask({ orders });
    const kind = below(KINDS);
    if (kind === 0) return await this.#twice(orders);
    const dies = this.#deathOf(kind, orders.length);
    try {
      return await this.ask({ orders, dies });
    } catch (error) {
      this.happened[deathIn(dies, orders.length)]++;
      throw error;
    }
  }

  /** At the same time, of two processes if there are two. What the second one says is not waited for. */
  async #twice(orders: readonly Order[]): Promise<readonly Answer[]> {
    this.happened.askedTwice++;
    const [one, other] = [this.ask({ orders }), this.ask({ orders })];
    return await Promise.any([one, other]);
  }

  #deathOf(kind: number, orders: number): Death {
    const { below, momentMs } = this.options;
    if (kind === 1) return { at: "before-write", order: below(orders) };
    if (kind === 2) return { at: "after-write", order: below(orders) };
    return { at: "any-moment", afterMs: below(momentMs) };
  }
}

const KINDS = 4;

/** A death between two orders of a request, after one is written and before the next, counts as one in its middle. */
function deathIn(dies: Death, orders: number): keyof Happened {
  if (dies.at === "any-moment") return "killedAnyMoment";
  const written = dies.at === "before-write" ? dies.order : dies.order + 1;
  if (written === 0) return "killedBeforeWrite";
  return written < orders ? "killedMidBatch" : "killedAfterWrite";
}
