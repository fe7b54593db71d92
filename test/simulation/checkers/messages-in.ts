import { isHold } from "../../../lib/domain/progress/holds.js";
import { type Due, openSpans } from "../../../lib/domain/progress/records.js";
import type { Span } from "../../../lib/domain/progress/spans.js";

/** The messages of a record: what stands for a dead letter is none. */
export const messagesIn = (record: Due): Span[] => openSpans(record).filter((span) => !isHold(span));
