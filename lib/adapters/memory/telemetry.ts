import type { Telemetry } from "../../domain/ports/telemetry.js";

export interface RecordedEvent {
  readonly name: string;
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Records events for a test to inspect. */
export class MemoryTelemetry implements Telemetry {
  readonly events: RecordedEvent[] = [];

  event(
    name: string,
    level: "debug" | "info" | "warn" | "error",
    fields: Readonly<Record<string, unknown>>,
  ): void {
    this.events.push({ name, level, fields });
  }
}
