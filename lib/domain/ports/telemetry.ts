/** What is worth knowing afterwards. Bodies, receipts and secrets never go in. */
export interface Telemetry {
  /** Something an operator looks for, with a stable name in kebab-case. */
  event(
    name: string,
    level: "debug" | "info" | "warn" | "error",
    fields: Readonly<Record<string, unknown>>,
  ): void;
}
