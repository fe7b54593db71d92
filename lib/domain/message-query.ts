/** Which messages a list shows: those that are all of this. */
export interface MessageQuery {
  readonly key?: string;
  readonly tag?: string;
  /** Handed out so often at least. */
  readonly minAttempts?: number;
  /** Contained in its last error, in these very letters. */
  readonly error?: string;
}

/** What a query looks at. */
export interface Queried {
  readonly key?: string;
  readonly tag?: string;
  readonly attempt: number;
  readonly lastError?: string;
}

export const isAskedFor = (message: Queried, query: MessageQuery): boolean =>
  (query.key === undefined || message.key === query.key) &&
  (query.tag === undefined || message.tag === query.tag) &&
  hasPastAskedFor(message, query);

/** The part of it that a record tells, without its messages. */
export const hasPastAskedFor = (
  { attempt, lastError = "" }: Pick<Queried, "attempt" | "lastError">,
  { minAttempts = 0, error = "" }: MessageQuery,
): boolean => attempt >= minAttempts && lastError.includes(error);
