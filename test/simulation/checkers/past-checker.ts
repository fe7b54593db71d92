import type { DeadLetter, DeadLetterEntry } from "../../../lib/domain/dead-letter.js";
import { FAILURES_KEPT, type Failure } from "../../../lib/domain/progress/failures.js";
import { FAILURE_TIME_STEP_MS } from "../../../lib/domain/progress/past.js";
import { type Due, type Move, isWaiting } from "../../../lib/domain/progress/records.js";
import { type Span, offsetsIn, spanAt } from "../../../lib/domain/progress/spans.js";
import type { Offset } from "../../../lib/domain/slot.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import { isSentAgain } from "./dead-letter-checker.js";
import type { RetryChecker } from "./retry-checker.js";
import type { Watched } from "./watched.js";
import { messagesIn } from "./messages-in.js";

const SKEW_MS = 125_000;
/** Up to here a record has room for all failures of its messages. */
const ROOMY_SPANS = 20;
const ROOMY_CHARACTERS = 4_000;

/** One message: what was known of it, and what is from then on. */
interface Turn {
  readonly what: string;
  readonly place: string;
  readonly before: Span | undefined;
  readonly after: Pick<Span, "charged" | "failures">;
  /** The dead letter that it was until now. */
  readonly origin: DeadLetterEntry | undefined;
  /** Whether its record has so much to hold that some of it may be left out. */
  readonly isCrowded: boolean;
}

/**
 * What a message failed by goes with it: one more for each failure that is charged to it, in the order of time, the
 * last ones, until it is a dead letter; and one that is sent again says where it comes from.
 */
export class PastChecker {
  /** Messages of whose failures some were left out. */
  readonly #cut = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly retries: RetryChecker,
  ) {}

  moved(who: string, watched: Watched, before: readonly Due[], move: Move): void {
    const { put = [], deadLetters = [] } = move;
    const sentAgain = (isSentAgain(move) && move.endedDeadLetters) || [];
    const { epoch, name } = watched.subscription;
    for (const record of put.filter((one) => one.epoch >= epoch)) {
      const { partition } = record;
      const isCrowded = isFull(record);
      for (const [offset, after] of told(messagesIn(record), before, partition)) {
        const origin = sentAgain.find((one) => one.partition === partition && one.offset === offset);
        const what = `${who} put message ${partition}/${offset} of ${name}`;
        const place = `${subscriptionKey(watched.subscription)} ${partition}/${offset}`;
        this.#turned({
          what,
          place,
          before: found(before, partition, offset)?.span,
          after,
          origin,
          isCrowded,
        });
      }
    }
    for (const { letter } of deadLetters) if (letter.epoch >= epoch) this.#died(who, watched, before, letter);
  }

  #turned({ what, place, before, after, origin, isCrowded }: Turn): void {
    const { failures = [] } = after;
    this.#inOrder(what, failures);
    if (origin) return this.#comesFrom(what, failures, origin);
    // What a replay puts says so, and nothing else: that it was over is seen by `place`.
    if (before === undefined && failures[0]?.kind === "replayed" && failures.length === 1) return;
    const past = before?.failures ?? [];
    const fresh = newOf(past, failures);
    const charged = (after.charged ?? 0) - (before?.charged ?? 0);
    const isNoted = fresh !== undefined && fresh.among === undefined;
    if (charged > 0 && !isNoted && !isCrowded) this.#wrong(`${what}, charged, and does not say by what`);
    if (isNoted && charged <= 0)
      this.#wrong(`${what}, and says that it failed, which it is not charged with`);
    const expected = lastOf(fresh ? [...past, fresh] : past);
    const isShort = failures.length < expected.length;
    if (isShort && isCrowded) this.#cut.add(place);
    else if (isShort || !areLastOf(failures, expected))
      this.#wrong(`${what}, which failed by ${textOf(expected)}, and says ${textOf(failures)}`);
  }

  /** One that was a dead letter, and is sent again. */
  #comesFrom(what: string, failures: readonly Failure[], origin: DeadLetterEntry): void {
    const [first, ...others] = failures;
    this.world.count("origin-looked-at");
    const isTold =
      first?.kind === "dead-lettered" &&
      first.attempt === origin.attempt &&
      isTimeOf(first.atMs, origin.deadLetteredAtMs);
    if (!isTold || others.length > 0) this.#wrong(`${what} again, and not where it comes from`);
  }

  #died(who: string, watched: Watched, records: readonly Due[], letter: DeadLetter): void {
    const { id, partition, offset, failures = [], isRejected } = letter;
    const what = `${who} made a dead letter of ${id}`;
    const last = found(records, partition, offset);
    const past = last?.span.failures ?? [];
    this.#inOrder(what, failures);
    const { type } = watched.subscription.target;
    // Its lease ran out, and it was alone in it: that is charged as it dies.
    const mayBeNew = type === "pull" && last?.record.kind === "lease" && !isWaiting(last.record, last.span);
    const fresh = mayBeNew ? newOf(past, failures) : undefined;
    const expected = lastOf(fresh ? [...past, fresh] : past);
    if (!areLastOf(failures, expected) || failures.length < expected.length)
      this.#wrong(`${what}, which failed by ${textOf(expected)}, and says ${textOf(failures)}`);
    const since = failures.slice(
      failures.findIndex(({ kind }) => kind === "dead-lettered" || kind === "replayed") + 1,
    );
    const charged = since.filter(({ among }) => among === undefined).length;
    const most = FAILURES_KEPT - (failures.length - since.length);
    const isFull = since.length >= most || this.#cut.has(placeOf(watched, letter));
    this.world.count("past-looked-at");
    if (!isRejected && !isFull && charged < Math.min(watched.leastAttempts, most))
      this.#wrong(`${what}, which has failed ${watched.leastAttempts} times, and says ${textOf(failures)}`);
    if (type === "pull") return;
    const known = this.retries.failedAttempts(watched.subscription, id);
    const unknown = since.find(({ attempt }) => !known.has(attempt));
    if (unknown) this.#wrong(`${what}, which says ${textOf([unknown])}, and its handler did not`);
  }

  #inOrder(what: string, failures: readonly Failure[]): void {
    const isLater = failures.some(({ atMs }, at) => atMs < (failures[at - 1]?.atMs ?? 0));
    const isAhead = failures.some(({ atMs }) => atMs > this.world.nowMs + SKEW_MS);
    if (isLater || isAhead || failures.length > FAILURES_KEPT)
      this.#wrong(`${what}, whose failures are out of time: ${textOf(failures)}`);
  }

  #wrong(what: string): void {
    this.world.violation("past", what);
  }
}

const placeOf = ({ subscription }: Watched, { partition, offset }: DeadLetterEntry): string =>
  `${subscriptionKey(subscription)} ${partition}/${offset}`;

/** Messages of the spans that have failed, or of which it was known. */
function* told(spans: readonly Span[], before: readonly Due[], partition: number): Generator<[Offset, Span]> {
  const isAnyKnown = before.some(
    (record) => record.partition === partition && record.spans.some(({ failures }) => failures),
  );
  for (const span of spans) {
    const isTold = span.failures !== undefined || (span.charged ?? 0) > 0;
    if (!isTold && !isAnyKnown) continue;
    for (const offset of offsetsIn([span]))
      if (isTold || found(before, partition, offset)?.span.failures) yield [offset, span];
  }
}

function found(records: readonly Due[], partition: number, offset: Offset) {
  for (const record of records) {
    if (record.partition !== partition) continue;
    const span = spanAt(messagesIn(record), offset);
    if (span) return { record, span };
  }
  return undefined;
}

function isFull({ spans }: Due): boolean {
  const failures = spans.flatMap((span) => (span.failures ? [span.failures] : []));
  return failures.length > ROOMY_SPANS || JSON.stringify(failures).length > ROOMY_CHARACTERS;
}

/** The last failure, unless it was known. Two have the same number, if a pump has died with the first of them. */
function newOf(past: readonly Failure[], failures: readonly Failure[]): Failure | undefined {
  const last = failures.at(-1);
  const known = past.at(-1);
  // By a clock that is behind, two failures have one time.
  const isKnown = known && isLike(last ?? known, known) && (last?.atMs ?? 0) <= known.atMs;
  return last && (failures.length > past.length || !isKnown) ? last : undefined;
}

const isLike = (one: Failure, other: Failure): boolean =>
  one.attempt === other.attempt && one.kind === other.kind && one.among === other.among;

function lastOf(failures: readonly Failure[]): readonly Failure[] {
  const last = failures.slice(-FAILURES_KEPT);
  const origin = failures.filter(({ kind }) => kind === "dead-lettered" || kind === "replayed").at(-1);
  return origin && !last.includes(origin) ? [origin, ...last.slice(1)] : last;
}

const areLastOf = (failures: readonly Failure[], expected: readonly Failure[]): boolean =>
  failures.length <= expected.length &&
  failures.every((one, at) => {
    const other = expected[expected.length - failures.length + at];
    return other !== undefined && isLike(one, other) && isTimeOf(one.atMs, other.atMs);
  });

/** Times may be rounded down. */
const isTimeOf = (atMs: number, exactMs: number): boolean =>
  atMs <= exactMs && exactMs - atMs < FAILURE_TIME_STEP_MS;

const textOf = (failures: readonly Failure[]): string =>
  failures.map(({ kind, attempt, among }) => `${kind} ${attempt}${among ? ` of ${among}` : ""}`).join() ||
  "nothing";
