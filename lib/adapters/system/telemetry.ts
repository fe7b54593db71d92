import { Logger } from "@aws-lambda-powertools/logger";
import type { Telemetry } from "../../domain/ports/telemetry.js";

/** One JSON line an event, with its name where log filters and metrics look for it. */
export function loggingTelemetry(serviceName: string): Telemetry {
  const logger = new Logger({ serviceName });
  return {
    event: (name, level, fields) => {
      logger[level](name, { event: name, ...fields });
    },
  };
}
