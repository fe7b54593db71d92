import type { SegmentStore } from "../../lib/domain/ports/segment-store.js";
import { segmentKey } from "../../lib/domain/segment-key.js";
import { decodeMessages, encodeMessages } from "../../lib/domain/slot-codec.js";
import { aNonce, aSlot, aTopic } from "./builders.js";

const aKey = (): string => segmentKey(3, aTopic(), aNonce());
const bytesOf = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at + from) % 256);
/** Whatever class of bytes an adapter gives. */
const plain = (bytes: Uint8Array | undefined): Buffer | undefined => bytes && Buffer.from(bytes);

/** What every {@link SegmentStore} promises. */
export function segmentStoreContract(make: () => Promise<SegmentStore>): void {
  describe("a segment store", () => {
    it.each([1, 256, 10_241, 1_500_000])("gives back %i bytes as they were put", async (length) => {
      // GIVEN
      const segments = await make();
      const key = aKey();
      // WHEN
      await segments.put(key, bytesOf(length));
      // THEN
      expect(plain(await segments.get(key))?.equals(bytesOf(length))).toBe(true);
    });

    it("has nothing, for certain, under a key that was never put", async () => {
      const segments = await make();
      await segments.put(aKey(), bytesOf(1));
      expect(await segments.get(aKey())).toBeUndefined();
    });

    it("has nothing under a key once that is deleted, and leaves others; to delete it again does no harm", async () => {
      const segments = await make();
      const [key, other] = [aKey(), aKey()];
      for (const one of [key, other]) await segments.put(one, bytesOf(10));
      await segments.delete(key);
      await segments.delete(key);
      expect(await segments.get(key)).toBeUndefined();
      expect(plain(await segments.get(other))).toEqual(plain(bytesOf(10)));
    });

    it("keeps keys apart, those that begin alike included", async () => {
      // GIVEN
      const segments = await make();
      const key = aKey();
      // WHEN
      await segments.put(key, bytesOf(10));
      await segments.put(`${key}-2`, bytesOf(10, 100));
      // THEN
      expect(plain(await segments.get(key))).toEqual(plain(bytesOf(10)));
      expect(plain(await segments.get(`${key}-2`))).toEqual(plain(bytesOf(10, 100)));
    });

    it("takes the same bytes under the same key again, at once too", async () => {
      // GIVEN
      const segments = await make();
      const key = aKey();
      await segments.put(key, bytesOf(1_000));
      // WHEN
      await Promise.all([segments.put(key, bytesOf(1_000)), segments.put(key, bytesOf(1_000))]);
      // THEN
      expect(plain(await segments.get(key))).toEqual(plain(bytesOf(1_000)));
    });

    it("gives back damaged bytes as they are: it is the decoder that tells", async () => {
      // GIVEN
      const segments = await make();
      const messages = Array.from({ length: 100 }, () => ({
        body: "x".repeat(100),
        contentType: "text/plain",
      }));
      const { bytes, ...encoded } = await encodeMessages(messages);
      const [whole, damaged] = [aKey(), aKey()];
      const flipped = Uint8Array.from(bytes, (byte, at) => (at === 7 ? byte ^ 1 : byte));
      // WHEN
      await segments.put(whole, bytes);
      await segments.put(damaged, flipped);
      // THEN
      const slot = aSlot(encoded);
      const read = async (key: string) => decodeMessages(slot, (await segments.get(key)) ?? new Uint8Array());
      expect(await read(whole)).toEqual(messages);
      await expect(read(damaged)).rejects.toMatchObject({ reason: "checksum-mismatch" });
    });

    it("stores a view of larger bytes as that view", async () => {
      const segments = await make();
      const key = aKey();
      await segments.put(key, bytesOf(1_000).subarray(10, 20));
      expect(plain(await segments.get(key))).toEqual(plain(bytesOf(10, 10)));
    });

    it("has stored them in full once it says so, whatever becomes of the caller's bytes", async () => {
      const segments = await make();
      const key = aKey();
      const bytes = bytesOf(100);
      await segments.put(key, bytes);
      bytes.fill(0);
      expect(plain(await segments.get(key))).toEqual(plain(bytesOf(100)));
    });
  });
}
