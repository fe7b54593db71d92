import type { Mutant } from "./mutant.js";

const CONTENT = "lib/operations/upload/uploaded-content.ts";
const UPLOAD = "lib/domain/upload.ts";
const ERASED = "uploads: ordered and pushed, some delayed, while messages are erased";
const AGAIN = "uploads: published again and at once, pulled, and some die";
const DAYS = "uploads: published late, or never, and deleted as unused; dead letters are kept for longer";

/** Bugs of bodies that are uploaded. */
export const UPLOAD_MUTANTS: readonly Mutant[] = [
  {
    name: "upload-published-and-still-unused",
    file: CONTENT,
    find: 'if ((await engine.uploads.keep(key)) === "gone") throw missing();',
    replace: "",
    plan: AGAIN,
    found: ["upload"],
  },
  {
    name: "upload-published-under-two-dedup-ids",
    file: "lib/domain/dedup.ts",
    find: "return uploadId === undefined ? own : [...own, `${OF_UPLOAD}${uploadId}`];",
    replace: "return uploadId === undefined || own.length > 0 ? own : [...own, `${OF_UPLOAD}${uploadId}`];",
    plan: AGAIN,
    found: ["upload"],
  },
  {
    name: "upload-forgotten-as-soon-as-a-dedup-id",
    file: "lib/domain/dedup.ts",
    find: "dedupId.startsWith(OF_UPLOAD) ? UPLOAD_MS : 0",
    replace: "dedupId.startsWith(OF_UPLOAD) ? 0 : 0",
    plan: DAYS,
    found: ["upload"],
  },
  {
    name: "upload-does-not-outlive-its-delay",
    file: UPLOAD,
    find: "const lastMs = Math.max(dueMs, nowMs + UPLOAD_FOR_MS)",
    replace: "const lastMs = Math.min(dueMs, nowMs + UPLOAD_FOR_MS)",
    also: { file: UPLOAD, find: "const DEAD_LETTER_MS = 14 * DAY_MS;", replace: "const DEAD_LETTER_MS = 0;" },
    plan: DAYS,
    found: ["upload"],
  },
  {
    name: "upload-ends-before-its-message",
    file: CONTENT,
    find: "assertOutlives(topic, upload, deliverAtMs ?? engine.clock.nowMs());",
    replace: "if (uploadId === '') assertOutlives(topic, upload, deliverAtMs ?? engine.clock.nowMs());",
    plan: DAYS,
    found: ["upload"],
  },
  {
    name: "dead-letter-outlives-its-upload",
    file: "lib/operations/consume/bury.ts",
    find: "content.uploaded?.keptUntilMs ?? Infinity,",
    replace: "content.uploaded ? Infinity : Infinity,",
    plan: DAYS,
    found: ["upload"],
  },
  {
    name: "erased-upload-stays",
    file: "lib/operations/erase/erase-in-log.ts",
    find: "for (const key of [outcome.object, outcome.upload])",
    replace: "for (const key of [outcome.object])",
    plan: ERASED,
    found: ["erased"],
  },
];
