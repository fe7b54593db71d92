import fc from "fast-check";
import { segmentPrefix } from "../../lib/domain/segment-key.js";
import {
  UPLOAD_FOR_MS,
  UPLOAD_LIMIT_BYTES,
  keptUntilMs,
  outlives,
  parseUploadId,
  uploadFor,
  uploadId,
  uploadKey,
  uploadOf,
} from "../../lib/domain/upload.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const DAY_MS = 86_400_000;
const TOPIC = { name: "orders", uid: "u1" };
const NONCE = "n".repeat(22);

const lifeSeconds = fc.integer({ min: 3_600, max: 31_536_000 });

it("has all that was promised in its id", () => {
  const promised = { sizeBytes: UPLOAD_LIMIT_BYTES, nonce: NONCE, sha256: "s".repeat(43), dueMs: NOW_MS };
  const upload = uploadFor({ retentionSeconds: 3_600 }, promised, NOW_MS);
  expect(parseUploadId(uploadId(upload))).toEqual(upload);
  expect(uploadKey(TOPIC, upload)).toBe(
    `${segmentPrefix(upload.classDays)}orders/u1/upload.${uploadId(upload)}`,
  );
  expect(uploadOf(TOPIC, { uploadId: uploadId(upload) })).toBe(uploadKey(TOPIC, upload));
});

it.each(["", "x", "3.a.b", "3.a.b.c/d", "../x.y.z", `3.a.b.${"c".repeat(60)}`])(
  "does not take %j for an id",
  (id) => {
    expect(parseUploadId(id)).toBeUndefined();
    expect(uploadOf(TOPIC, { uploadId: id })).toBeUndefined();
  },
);

it("outlives its message, whenever that is published within the day, and for two years at the most", () => {
  fc.assert(
    fc.property(lifeSeconds, fc.integer({ min: 0, max: 365 * DAY_MS }), (retentionSeconds, delayMs) => {
      const promised = { sizeBytes: 1, nonce: NONCE, dueMs: NOW_MS + delayMs };
      const upload = uploadFor({ retentionSeconds }, promised, NOW_MS);
      const lastMs = Math.max(NOW_MS + delayMs, NOW_MS + UPLOAD_FOR_MS);
      expect(outlives(upload, { retentionSeconds }, lastMs)).toBe(true);
      expect(upload.classDays).toBeLessThanOrEqual(740);
      expect(keptUntilMs(upload)).toBeLessThan(NOW_MS + upload.classDays * DAY_MS);
    }),
  );
});

it("does not outlive a message that is due later than was said, or kept for longer", () => {
  const upload = uploadFor(
    { retentionSeconds: 3_600 },
    { sizeBytes: 1, nonce: NONCE, dueMs: NOW_MS },
    NOW_MS,
  );
  expect(outlives(upload, { retentionSeconds: 3_600 }, NOW_MS + 60 * DAY_MS)).toBe(false);
  expect(outlives(upload, { retentionSeconds: 31_536_000 }, NOW_MS)).toBe(false);
});
