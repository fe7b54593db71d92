import { z } from "zod";
import { Count } from "./command.js";

/** Options that select messages by what they failed by. */
export const PAST_OPTIONS = [
  ["--min-attempts <count>", "only those that were handed out so often at least"],
  ["--error <text>", "only those whose last error contains this text"],
] as const;

export const PastOptions = { minAttempts: Count.optional(), error: z.string().optional() };
