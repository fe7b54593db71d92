/** One error in a request: the field's path, such as `messages[3].key`, and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly detail: string;
}

/** A problem with the whole body has no path. */
const inWords = (errors: readonly FieldProblem[]): string =>
  errors.map(({ path, detail }) => (path === "" ? detail : `${path}: ${detail}`)).join("; ");

/** An error that callers can be told about. `code` is part of the API and never renamed. */
export abstract class SluiceError extends Error {
  abstract readonly code: string;
  /** Milliseconds after which the same call may succeed; undefined if it never will. */
  readonly retryAfterMs?: number;
  readonly errors?: readonly FieldProblem[];
  override get name(): string {
    return this.constructor.name;
  }
  /** For logs: includes the causes. Callers only see the message. */
  override toString(): string {
    const text = super.toString();
    return this.cause instanceof Error ? `${text} <- ${this.cause.toString()}` : text;
  }
}

export class InvalidRequest extends SluiceError {
  readonly code: "invalid-request" | "schema-violated" = "invalid-request";
  constructor(override readonly errors: readonly FieldProblem[]) {
    super(inWords(errors));
  }
  /** The same of a part: its `key` is `messages[3].key` of the whole. */
  below(place: string): InvalidRequest {
    return this.moved((path) => {
      if (path === "" || path.startsWith("[")) return `${place}${path}`;
      return `${place}.${path}`;
    });
  }
  /** The same, with each problem at another path. */
  moved(path: (path: string) => string): InvalidRequest {
    const errors = this.errors.map((one) => ({ ...one, path: path(one.path) }));
    return this.code === "schema-violated" ? new SchemaViolated(errors) : new InvalidRequest(errors);
  }
}

/** A message whose body does not fit its topic's schema. */
export class SchemaViolated extends InvalidRequest {
  override readonly code = "schema-violated";
}

/** Another request was sent with this key within a day. */
export class IdempotencyKeyReused extends SluiceError {
  readonly code = "idempotency-key-reused";
  constructor() {
    super(
      "this Idempotency-Key was sent with another request within the last day, and nothing of this one is stored: " +
        "use a new key for each request, and the same only to send the very same one again",
    );
  }
}

/** A publish that is all or nothing, and more than one transaction takes. */
export class AtomicTooLarge extends SluiceError {
  readonly code = "atomic-too-large";
  constructor(what: string) {
    super(`${what}. Nothing is stored: send fewer messages at once, or without "atomic"`);
  }
}

export class TopicNotFound extends SluiceError {
  readonly code = "topic-not-found";
  constructor(topic: string) {
    super(`there is no topic "${topic}"`);
  }
}

export class TopicNotEmpty extends SluiceError {
  readonly code = "topic-has-subscriptions";
  constructor(topic: string) {
    super(`topic "${topic}" still has subscriptions: delete them first`);
  }
}

export class TopicJustDeleted extends SluiceError {
  readonly code = "topic-just-deleted";
  constructor(
    topic: string,
    override readonly retryAfterMs: number,
  ) {
    super(`topic "${topic}" was deleted a moment ago and publishers may still know it: create it later`);
  }
}

export class TopicPaused extends SluiceError {
  readonly code = "topic-paused";
  constructor(topic: string) {
    super(`publishing to topic "${topic}" is paused: set its "paused" to "none" or "delivery"`);
  }
}

export class SubscriptionNotFound extends SluiceError {
  readonly code = "subscription-not-found";
  constructor(topic: string, subscription: string) {
    super(`topic "${topic}" has no subscription "${subscription}"`);
  }
}

export class ScheduleNotFound extends SluiceError {
  readonly code = "schedule-not-found";
  constructor(topic: string, schedule: string) {
    super(`topic "${topic}" has no schedule "${schedule}"`);
  }
}

export class TooManySchedules extends SluiceError {
  readonly code = "too-many-schedules";
  constructor(topic: string, limit: number) {
    super(`topic "${topic}" has ${limit} schedules, and takes no more: delete one, or use another topic`);
  }
}

export class DeadLetterNotFound extends SluiceError {
  readonly code = "dead-letter-not-found";
  constructor(topic: string, subscription: string, id: string) {
    super(`subscription "${subscription}" of topic "${topic}" has no dead letter "${id}"`);
  }
}

/** One redrive job of a subscription runs at a time. */
export class RedriveRunning extends SluiceError {
  readonly code = "redrive-running";
  constructor(subscription: string, id: string) {
    super(`job "${id}" sends dead letters of "${subscription}" again: wait for it, or cancel it`);
  }
}

export class ReplayRunning extends SluiceError {
  readonly code = "replay-running";
  constructor(subscription: string, id: string) {
    super(`job "${id}" replays messages to subscription "${subscription}": wait for it, or cancel it`);
  }
}

export class JobNotFound extends SluiceError {
  readonly code = "job-not-found";
  constructor(subscription: string, id: string) {
    super(`subscription "${subscription}" has no job "${id}": it never had, or its record has expired`);
  }
}

/** A dead letter whose message is no longer in the log: only its copy is left. */
export class MessageExpired extends SluiceError {
  readonly code = "message-expired";
  constructor(id: string) {
    super(
      `message "${id}" has expired in its topic: its dead letter cannot be sent again, but still holds a copy`,
    );
  }
}

/** A dead letter from before a seek that sends the message again. */
export class SentAgainBySeek extends SluiceError {
  readonly code = "sent-again-by-seek";
  constructor(id: string) {
    super(`a seek sends message "${id}" again since it became a dead letter: delete that if unneeded`);
  }
}

export class MessageNotFound extends SluiceError {
  readonly code = "message-not-found";
  constructor(topic: string, id: string) {
    super(`topic "${topic}" has no message "${id}": it has expired, or never was there`);
  }
}

/** A message that is in the log already: it cannot be taken back. */
export class AlreadyPublished extends SluiceError {
  readonly code = "already-published";
  constructor(id: string) {
    super(`message "${id}" is published: only a delayed one that is not due yet can be cancelled`);
  }
}

/** A message that has ended for a subscription: there is nothing to settle. */
export class MessageNotOpen extends SluiceError {
  readonly code = "message-not-open";
  constructor(id: string, why: string) {
    super(`message "${id}" ${why}`);
  }
}

/** A message that can be settled only later, once its subscription has come nearer to it. */
export class MessageOutOfReach extends SluiceError {
  readonly code = "message-out-of-reach";
  constructor(id: string, why: string) {
    super(`message "${id}" ${why}`);
  }
}

export class NotPull extends SluiceError {
  readonly code = "not-a-pull-subscription";
  constructor(subscription: string, type: string) {
    super(
      `subscription "${subscription}" delivers to its ${type} target: only pull subscriptions can be received from`,
    );
  }
}

export class NotWebhook extends SluiceError {
  readonly code = "not-an-https-subscription";
  constructor(subscription: string, type: string) {
    super(`subscription "${subscription}" has a ${type} target: only https targets have a secret and a test`);
  }
}

/** A setting that cannot change after creation. */
export class SettingFixed extends SluiceError {
  readonly code = "setting-fixed";
  constructor(override readonly errors: readonly FieldProblem[]) {
    super(inWords(errors));
  }
}

export class MessageTooLarge extends SluiceError {
  readonly code = "message-too-large";
  constructor(sizeBytes: number, limitBytes: number) {
    super(`the message has ${sizeBytes} bytes: the limit is ${limitBytes}`);
  }
}

/**
 * A write larger than the store accepts, so a retry is useless. Operations keep their writes below that size, so this
 * is our fault and never the caller's.
 */
export class RecordTooLarge extends SluiceError {
  readonly code = "record-too-large";
  constructor(during: string, options?: ErrorOptions) {
    super(
      `${during} would write more than the store takes at once: please report this to the project`,
      options,
    );
  }
}

export class ReceiptInvalid extends SluiceError {
  readonly code = "receipt-invalid";
  constructor(detail: string) {
    super(detail);
  }
}

export class ReceiptExpired extends SluiceError {
  readonly code = "receipt-expired";
  constructor() {
    super(
      "this receipt is no longer valid: the message is settled, or its deadline passed and it was handed out again",
    );
  }
}

/** Every attempt lost a race against another change of the same thing. */
export class Conflict extends SluiceError {
  readonly code = "conflict";
  override readonly retryAfterMs = 200;
  constructor(during: string) {
    super(`${during} collided with other changes: try again`);
  }
}

export class Throttled extends SluiceError {
  readonly code = "throttled";
  constructor(
    during: string,
    override readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    super(`${during} was throttled: try again in ${retryAfterMs} ms`, options);
  }
}

/** The store did not answer, so the call may or may not have taken effect. */
export class StorageUnavailable extends SluiceError {
  readonly code = "storage-unavailable";
  override readonly retryAfterMs = 1_000;
  constructor(during: string, options?: ErrorOptions) {
    super(`storage is unavailable: ${during} failed`, options);
  }
}

/**
 * A newer release wrote an item in a format that this one does not know. Both run while a deployment replaces
 * functions; the same call succeeds once it is over.
 */
export class StoredFormatTooNew extends SluiceError {
  readonly code = "stored-format-too-new";
  override readonly retryAfterMs = 5_000;
  constructor(what: string) {
    super(`a newer release of Sluice wrote "${what}": try again once its deployment is complete`);
  }
}
