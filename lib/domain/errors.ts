/** One thing that is wrong with a request: where (a path such as `messages[3].key`), and what would be right. */
export interface FieldProblem {
  readonly path: string;
  readonly detail: string;
}

/** A problem of the whole body has no path. */
const inWords = (errors: readonly FieldProblem[]): string =>
  errors.map(({ path, detail }) => (path === "" ? detail : `${path}: ${detail}`)).join("; ");

/** What a caller can be told. `code` and `status` are on the wire (RFC 9457): never renamed. */
export abstract class SluiceError extends Error {
  abstract readonly code: string;
  /** The HTTP status that says the same. */
  abstract readonly status: number;
  /** After how many milliseconds the same call may go through; undefined: it never will as it is. */
  readonly retryAfterMs?: number;
  readonly errors?: readonly FieldProblem[];
  override get name(): string {
    return this.constructor.name;
  }
}

export class InvalidRequest extends SluiceError {
  readonly code = "invalid-request";
  readonly status = 400;
  constructor(override readonly errors: readonly FieldProblem[]) {
    super(inWords(errors));
  }
}

export class TopicNotFound extends SluiceError {
  readonly code = "topic-not-found";
  readonly status = 404;
  constructor(topic: string) {
    super(`there is no topic "${topic}": make it with PUT /v1/topics/${topic}`);
  }
}

export class TopicNotEmpty extends SluiceError {
  readonly code = "topic-has-subscriptions";
  readonly status = 409;
  constructor(topic: string) {
    super(`topic "${topic}" still has subscriptions: delete them first`);
  }
}

export class TopicJustDeleted extends SluiceError {
  readonly code = "topic-just-deleted";
  readonly status = 409;
  constructor(
    topic: string,
    override readonly retryAfterMs: number,
  ) {
    super(`topic "${topic}" was deleted a moment ago and publishers may still hold it: make it again later`);
  }
}

export class TopicPaused extends SluiceError {
  readonly code = "topic-paused";
  readonly status = 409;
  constructor(topic: string) {
    super(`publishing to topic "${topic}" is paused: set its "paused" to "none" or "delivery"`);
  }
}

export class SubscriptionNotFound extends SluiceError {
  readonly code = "subscription-not-found";
  readonly status = 404;
  constructor(topic: string, subscription: string) {
    super(`topic "${topic}" has no subscription "${subscription}"`);
  }
}

export class NotPull extends SluiceError {
  readonly code = "not-a-pull-subscription";
  readonly status = 409;
  constructor(subscription: string, type: string) {
    super(
      `subscription "${subscription}" is pushed to its ${type} target: only a pull subscription can be received`,
    );
  }
}

/** A setting that cannot be changed once the thing is made. */
export class SettingFixed extends SluiceError {
  readonly code = "setting-fixed";
  readonly status = 409;
  constructor(override readonly errors: readonly FieldProblem[]) {
    super(inWords(errors));
  }
}

export class MessageTooLarge extends SluiceError {
  readonly code = "message-too-large";
  readonly status = 413;
  constructor(sizeBytes: number, limitBytes: number) {
    super(`message has ${sizeBytes} bytes, the limit is ${limitBytes}`);
  }
}

/**
 * A record of a subscription's progress, or all of those that change at once, would be larger than the store takes: no
 * later try makes it smaller. Operations keep theirs below, so this is none of the caller's doing.
 */
export class RecordTooLarge extends SluiceError {
  readonly code = "record-too-large";
  readonly status = 500;
  constructor(during: string, options?: ErrorOptions) {
    super(`${during} would write more than the store takes at once: tell the makers of Sluice`, options);
  }
}

export class ReceiptInvalid extends SluiceError {
  readonly code = "receipt-invalid";
  readonly status = 400;
  constructor(detail: string) {
    super(detail);
  }
}

export class ReceiptExpired extends SluiceError {
  readonly code = "receipt-expired";
  readonly status = 410;
  constructor() {
    super(
      "the lease of this receipt is gone: its deadline passed and the message was handed out again, or it is settled",
    );
  }
}

/** Somebody else changed the same thing at the same moment, again and again. */
export class Conflict extends SluiceError {
  readonly code = "conflict";
  readonly status = 409;
  override readonly retryAfterMs = 200;
  constructor(during: string) {
    super(`${during} met concurrent changes: try again`);
  }
}

export class Throttled extends SluiceError {
  readonly code = "throttled";
  readonly status = 429;
  constructor(
    during: string,
    override readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    super(`${during} was throttled: try again in ${retryAfterMs} ms`, options);
  }
}

/** The store did not answer, so it is not known whether the call was carried out. */
export class StorageUnavailable extends SluiceError {
  readonly code = "storage-unavailable";
  readonly status = 503;
  override readonly retryAfterMs = 1_000;
  constructor(during: string, options?: ErrorOptions) {
    super(`storage is unavailable during ${during}`, options);
  }
}
