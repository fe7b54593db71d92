import type { SQSRecord } from "aws-lambda";

/** What the body of a message asks of the function that it is pushed to. */
export interface Instruction {
  /** Tells the messages of a test apart. */
  readonly n: number;
  /** How long its handler takes. */
  readonly workMs?: number;
  /** By subscription: how many attempts fail, named in `batchItemFailures`. */
  readonly failures?: Readonly<Record<string, number>>;
}

/** A body that is not an instruction asks for nothing. */
export function instructionIn(body: string): Instruction {
  try {
    return { n: -1, ...(JSON.parse(body) as Partial<Instruction> | null) };
  } catch {
    return { n: -1 };
  }
}

/** Whether this attempt is to fail. `subscription` is `TOPIC-SUBSCRIPTION`. */
export function failsNow({ body, attributes }: SQSRecord, subscription: string): boolean {
  const failures = Object.entries(instructionIn(body).failures ?? {});
  const asked = failures.find(([name]) => subscription.endsWith(`-${name}`))?.[1] ?? 0;
  return Number(attributes.ApproximateReceiveCount) <= asked;
}
