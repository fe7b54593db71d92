import { SluiceUsageError } from "../errors.js";

const DELAY_LIMIT_SECONDS = 43_200;

/** Thrown by a handler, it sends the message back for this long: `new RetryLater("the shop is closed", 600)`. */
export class RetryLater extends Error {
  override readonly name = "RetryLater";
  readonly delaySeconds: number;

  /** @throws {SluiceUsageError} if the delay is not 0 to 43,200 seconds (12 hours) */
  constructor(message: string, delaySeconds: number, options?: ErrorOptions) {
    super(message, options);
    if (!(delaySeconds >= 0 && delaySeconds <= DELAY_LIMIT_SECONDS))
      throw new SluiceUsageError(`the delay is ${delaySeconds} s: use 0 to ${DELAY_LIMIT_SECONDS}`);
    this.delaySeconds = Math.ceil(delaySeconds);
  }
}
