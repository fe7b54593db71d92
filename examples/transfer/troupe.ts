import { setTimeout as pause } from "node:timers/promises";
import {
  Child,
  type Fault,
  type PublisherSettings,
  type ReceiverSettings,
  type ToldByPublisher,
  type ToldByReceiver,
} from "./processes.js";
import { type Happened, NOTHING_YET } from "./report.js";

const COUNTED = {
  throws: "threw",
  "throws-after-write": "threwAfterWrite",
  slow: "slow",
  crashes: "crashed",
} as const satisfies Record<Fault, keyof Happened>;

const RESTART_MS = 500;
/** No trouble takes longer, whether it happens or not. */
const TROUBLE_MS = 8_000;
const LOOK_EVERY_MS = 50;

/** The publisher and the receiver. Each is started again when it is gone, the publisher until it is done. */
export class Troupe {
  readonly happened: Happened = { ...NOTHING_YET };
  /** Transfers whose publisher knows that they are published. */
  published = 0;
  isPublished = false;
  #publisher: Child<ToldByPublisher> | undefined;
  #receiver: Child<ToldByReceiver> | undefined;
  #isOver = false;
  #downUntilMs = 0;
  #onStep: ((step: ToldByPublisher["kind"]) => void) | undefined;
  readonly #runs: readonly Promise<void>[];

  constructor(
    private readonly publisher: PublisherSettings,
    private readonly receiver: ReceiverSettings,
  ) {
    this.#runs = [this.#keepPublishing(), this.#keepReceiving()];
  }

  async ends(): Promise<void> {
    this.#isOver = true;
    await Promise.all([this.#publisher?.dies(), this.#receiver?.dies(), ...this.#runs]);
  }

  async #keepPublishing(): Promise<void> {
    while (!this.isPublished && !this.#isOver) {
      this.#publisher = new Child<ToldByPublisher>("publisher", this.publisher, (told) => this.#hears(told));
      await this.#publisher.gone;
      await pause(RESTART_MS);
    }
  }

  #hears(told: ToldByPublisher): void {
    if (told.kind === "resumed") this.happened.publishedAgain += told.pending;
    if (told.kind === "noted") this.published += told.transfers;
    if (told.kind === "done") this.isPublished = true;
    this.#onStep?.(told.kind);
  }

  async #keepReceiving(): Promise<void> {
    while (!this.#isOver) {
      if (Date.now() < this.#downUntilMs) {
        await pause(LOOK_EVERY_MS);
        continue;
      }
      this.#receiver = new Child<ToldByReceiver>("receiver", this.receiver, (told) => {
        if (told.kind === "fault") this.happened[COUNTED[told.fault]]++;
        else if (told.isRedelivery) this.happened.absorbed++;
      });
      await this.#receiver.gone;
      await pause(RESTART_MS);
    }
  }

  /** The next requests go wrong. Resolves once that is so. */
  async receiverFails(fault: Fault, times: number): Promise<void> {
    const until = this.happened[COUNTED[fault]] + times;
    this.#receiver?.tell(Array.from({ length: times }, () => fault));
    const lateMs = Date.now() + TROUBLE_MS;
    while (this.happened[COUNTED[fault]] < until && Date.now() < lateMs) await pause(LOOK_EVERY_MS);
  }

  /** It is killed, and away for a while. */
  async receiverIsDown(ms: number): Promise<void> {
    this.happened.receiverDown++;
    this.#downUntilMs = Date.now() + ms;
    await this.#receiver?.dies();
    await pause(ms);
  }

  /** It takes connections, and answers none. */
  async receiverStandsStill(ms: number): Promise<void> {
    const child = this.#receiver;
    if (!child || child.isGone) return;
    this.happened.stoodStill++;
    child.standsStill();
    await pause(ms);
    child.goesOn();
  }

  /** It is killed as soon as it has taken this step, before the next one that belongs to it. */
  async publisherDiesAt(step: "begun" | "published"): Promise<void> {
    if (this.isPublished) return;
    const isThere = new Promise<boolean>((resolve) => {
      this.#onStep = (kind) => {
        if (kind === step || kind === "done") resolve(kind === step);
      };
    });
    const isKilled = await Promise.race([isThere, pause(TROUBLE_MS, false)]);
    this.#onStep = undefined;
    if (!isKilled) return;
    this.happened.publisherKilled++;
    await this.#publisher?.dies();
  }
}
