import { isHold } from "../../../lib/domain/progress/holds.js";
import { type Due, openSpans } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";
import type { PartitionLog } from "./partition-log.js";

/** The messages of a record: what stands for a dead letter is none. */
export const messagesIn = (record: Due): Span[] => openSpans(record).filter((span) => !isHold(span));

/** The ids of the messages that records have. */
export const idsIn = (
  records: readonly Due[],
  logOf: (partition: number) => Pick<PartitionLog, "between">,
): ReadonlySet<string> =>
  new Set(
    records.flatMap((record) =>
      messagesIn(record).flatMap(({ from, to }) =>
        logOf(record.partition)
          .between(from, to)
          .map(({ id }) => id),
      ),
    ),
  );
