import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { Cursor } from "../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";

export type Make = () => Promise<ProgressStore>;

export const moveCursor = (
  progress: ProgressStore,
  subscription: SubscriptionRef,
  partition: number,
  next: Cursor,
): Promise<"moved" | "conflict"> => progress.move(subscription, { cursor: { partition, next } });
