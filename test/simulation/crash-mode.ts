/** When a process is killed: before a call is carried out, after it was, or after it was answered. */
export const CRASH_MODES = ["before", "applied", "after"] as const;
export type CrashMode = (typeof CRASH_MODES)[number];
