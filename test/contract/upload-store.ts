import { createHash } from "node:crypto";
import type { SegmentStore } from "../../lib/domain/ports/segment-store.js";
import type { SignedPut, UploadStore } from "../../lib/domain/ports/upload-store.js";
import { uploadFor, uploadKey } from "../../lib/domain/upload.js";
import { aNonce, aTopic } from "./builders.js";

export interface WithUploads {
  readonly uploads: UploadStore;
  /** Of the same bucket. */
  readonly segments: SegmentStore;
  /** Sends bytes as `putUrl` says. Whether they were taken. */
  readonly put: (signed: SignedPut, bytes: Uint8Array) => Promise<boolean>;
  /** What a URL leads to. */
  readonly get: (url: string) => Promise<Uint8Array>;
}

const SECONDS = 300;
const BYTES = Buffer.from("a film of the order");
const SHA256 = createHash("sha256").update(BYTES).digest("base64url");
const FACTS = { sizeBytes: BYTES.length, contentType: "video/mp4" };

function aKey(): string {
  const upload = uploadFor(aTopic(), { sizeBytes: BYTES.length, nonce: aNonce(), dueMs: 0 }, 0);
  return uploadKey(aTopic(), upload);
}

/** What every {@link UploadStore} promises. */
export function uploadStoreContract(make: () => Promise<WithUploads>): void {
  describe("an upload store", () => {
    it("finds what was put as it said, and leads to its bytes", async () => {
      // GIVEN
      const { uploads, segments, put, get } = await make();
      const key = aKey();
      // WHEN
      const signed = await uploads.putUrl(key, { ...FACTS, sha256: SHA256 }, SECONDS);
      // THEN
      expect(await put(signed, BYTES)).toBe(true);
      expect(await uploads.find(key)).toEqual({ ...FACTS, sha256: SHA256 });
      expect(Buffer.from((await segments.get(key)) ?? [])).toEqual(BYTES);
      expect(Buffer.from(await get(await uploads.getUrl(key, SECONDS)))).toEqual(BYTES);
    });

    it("takes what it knows no digest of", async () => {
      const { uploads, put } = await make();
      const key = aKey();
      expect(await put(await uploads.putUrl(key, FACTS, SECONDS), BYTES)).toBe(true);
      expect(await uploads.find(key)).toMatchObject(FACTS);
    });

    it("finds nothing, for certain, where nothing was put, and keeps nothing there", async () => {
      const { uploads } = await make();
      const key = aKey();
      await uploads.putUrl(key, FACTS, SECONDS);
      expect(await uploads.find(key)).toBeUndefined();
      expect(await uploads.keep(key)).toBe("gone");
    });

    it("keeps what is there, and again", async () => {
      const { uploads, put } = await make();
      const key = aKey();
      await put(await uploads.putUrl(key, FACTS, SECONDS), BYTES);
      expect(await uploads.keep(key)).toBe("kept");
      expect(await uploads.keep(key)).toBe("kept");
      expect(await uploads.find(key)).toMatchObject(FACTS);
    });

    it("takes nothing where something is kept already, and leaves that as it is", async () => {
      const { uploads, segments, put } = await make();
      const key = aKey();
      const signed = await uploads.putUrl(key, FACTS, SECONDS);
      await put(signed, BYTES);
      await uploads.keep(key);
      expect(await put(signed, Buffer.from("a film of a murder!"))).toBe(false);
      expect(Buffer.from((await segments.get(key)) ?? [])).toEqual(BYTES);
    });

    it("has nothing once it is deleted as a segment", async () => {
      const { uploads, segments, put } = await make();
      const key = aKey();
      await put(await uploads.putUrl(key, FACTS, SECONDS), BYTES);
      await segments.delete(key);
      expect(await uploads.find(key)).toBeUndefined();
    });
  });
}
