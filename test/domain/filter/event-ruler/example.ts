/** An example of Amazon EventBridge's user guide or of event-ruler's README, with events that match and that do not. */
export interface Example {
  readonly name: string;
  readonly pattern: object;
  readonly matching: readonly object[];
  readonly others: readonly object[];
}

export const detail = (fields: object) => ({ detail: fields });

export const one = (
  name: string,
  pattern: object,
  matching: readonly object[],
  others: readonly object[],
): Example => ({
  name,
  pattern,
  matching,
  others,
});
