/** Events worth knowing about afterwards. Bodies, receipts and secrets must not be in them. */
export interface Telemetry {
  /** An event that an operator may look for. `name` is stable and in kebab-case. */
  event(
    name: string,
    level: "debug" | "info" | "warn" | "error",
    fields: Readonly<Record<string, unknown>>,
  ): void;
}
