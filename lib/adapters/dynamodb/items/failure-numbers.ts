import { FAILURE_KINDS, type Failure } from "../../../domain/progress/failures.js";
import type { Span } from "../../../domain/progress/spans.js";

/**
 * The fields in order: when, which attempt, how it ended, the index of its error in the record's list, among how many.
 * A missing field is null, and left out at the end.
 */
type Numbers = readonly (number | null)[];

const isNumber = (value: unknown): value is number => Number.isFinite(value);

function failureNumbers({ atMs, attempt, kind, error, among }: Failure, errors: readonly string[]): Numbers {
  const numbers = [
    ...[atMs, attempt, FAILURE_KINDS.indexOf(kind)],
    ...[error === undefined ? null : errors.indexOf(error), among ?? null],
  ];
  while (numbers.at(-1) === null) numbers.pop();
  return numbers;
}

/** undefined for one of a kind that a newer release knows, or a damaged one. */
function failureOf(numbers: unknown, errors: readonly string[]): Failure | undefined {
  if (!Array.isArray(numbers)) return undefined;
  const [atMs, attempt, nth, at, among] = numbers as unknown[];
  const kind = isNumber(nth) ? FAILURE_KINDS[nth] : undefined;
  if (!isNumber(atMs) || !isNumber(attempt) || kind === undefined) return undefined;
  const error = isNumber(at) ? errors[at] : undefined;
  return {
    ...{ atMs, attempt, kind },
    ...(isNumber(among) ? { among } : {}),
    ...(error === undefined ? {} : { error }),
  };
}

/** All error texts of some spans, once each. */
export const errorsIn = (spans: readonly Pick<Span, "lastError" | "failures">[]): readonly string[] => [
  ...new Set([
    ...spans.flatMap(({ lastError }) => lastError ?? []),
    ...spans.flatMap(({ failures = [] }) => failures.flatMap(({ error }) => error ?? [])),
  ]),
];

/**
 * The failures of spans as two lists: the different pasts, each a list of its failures, and by span the index of its
 * own, or null. undefined if none has any.
 */
export function failuresText(
  spans: readonly Pick<Span, "failures">[],
  errors: readonly string[],
): string | undefined {
  const indexes = new Map<string, number>();
  const ofSpans = spans.map(({ failures = [] }) => {
    if (failures.length === 0) return null;
    const text = JSON.stringify(failures.map((one) => failureNumbers(one, errors)));
    const index = indexes.get(text) ?? indexes.size;
    indexes.set(text, index);
    return index;
  });
  return indexes.size === 0 ? undefined : `[[${[...indexes.keys()].join()}],${JSON.stringify(ofSpans)}]`;
}

/** The spans with their failures. What is damaged is left out: no message is held up for its past. */
export function withFailuresOf<T extends Pick<Span, "failures">>(
  spans: readonly T[],
  text: unknown,
  errors: readonly string[],
): T[] {
  const [lists, ofSpans] = parsed(text);
  if (!Array.isArray(lists) || !Array.isArray(ofSpans) || ofSpans.length !== spans.length) return [...spans];
  const pasts = lists.map((list: unknown) =>
    Array.isArray(list) ? list.flatMap((numbers) => failureOf(numbers, errors) ?? []) : [],
  );
  return spans.map((span, at) => {
    const index: unknown = ofSpans[at];
    const failures = isNumber(index) ? (pasts[index] ?? []) : [];
    return failures.length > 0 ? { ...span, failures } : span;
  });
}

function parsed(text: unknown): readonly unknown[] {
  if (typeof text !== "string") return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
