/** Streams that are tried out side by side: each has a table of its own, since a failing record holds up its shard. */
export const REHEARSALS = ["named", "thrown", "givenUp", "filtered"] as const;
export type Rehearsal = (typeof REHEARSALS)[number];

/** What a record asks of the function: to fail this often, by naming it or by throwing; 0 times: to succeed. */
export type Instruction = `${"named" | "thrown"}-${number}`;

/** The partition key of such a record. The function that is rung knows nothing else of it. */
export const bellKey = (instruction: Instruction, label: string): string => `${instruction}#${label}`;

export function instructionIn(key: string): { readonly way: "named" | "thrown"; readonly times: number } {
  const [, way, times] = /^(named|thrown)-(\d+)#/.exec(key) ?? [];
  return { way: way === "thrown" ? "thrown" : "named", times: Number(times ?? 0) };
}
