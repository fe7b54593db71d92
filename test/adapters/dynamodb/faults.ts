import type { DocumentClient } from "../../../lib/adapters/dynamodb/client.js";

const named = (name: string, fields: object = {}): Error =>
  Object.assign(new Error(name), { name, ...fields });

/** The connection broke before the answer came: the SDK tries again. */
export const connectionReset = (): Error => named("TimeoutError", { code: "ECONNRESET" });
export const throttled = (): Error => named("ProvisionedThroughputExceededException", { $fault: "client" });
export const writeConflict = (): Error => named("TransactionConflictException", { $fault: "client" });
export const transactionConflict = (items: number): Error =>
  named("TransactionCanceledException", {
    $fault: "client",
    CancellationReasons: Array.from({ length: items }, (_, index) => ({
      Code: index === 0 ? "TransactionConflict" : "None",
    })),
  });

/** What befalls the next `times` attempts, inside of the SDK's own retries. */
interface Fault {
  readonly times: number;
  readonly error: () => Error;
  /** Whether the store carries it out all the same, so that the answer is what gets lost; a refusal comes through. */
  readonly carriedOut: boolean;
}

/** Puts the fault in the client's way; `left` says how often it still waits to strike. */
export function inject({ sdk }: DocumentClient, { times, error, carriedOut }: Fault): { left(): number } {
  let left = times;
  sdk.middlewareStack.add(
    (next) => async (args) => {
      if (left === 0) return await next(args);
      if (carriedOut) await next(args);
      left--;
      throw error();
    },
    { step: "finalizeRequest", priority: "low", name: `fault-${Math.random()}` },
  );
  return { left: () => left };
}
