import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { messages } from "../../bench/messages.js";
import { compressed, decompressed } from "../../lib/domain/compression.js";

const KILOBYTE = 1_024;

/** Bytes without any order. */
function noise(sizeBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at * 32 < sizeBytes; at++) pieces.push(createHash("sha256").update(String(at)).digest());
  return Buffer.concat(pieces).subarray(0, sizeBytes);
}

/** Text in which nothing repeats: it deflates to three quarters. */
const text = (sizeBytes: number): Buffer =>
  Buffer.from(noise(sizeBytes).toString("base64").slice(0, sizeBytes));

const repetition = (sizeBytes: number): Buffer =>
  Buffer.from('{"order":4711,"lines":[]}'.repeat(sizeBytes / 20).slice(0, sizeBytes));

const sizeOf = async (plain: Buffer): Promise<number> => ((await compressed(plain))?.bytes ?? plain).length;

describe("compressed bytes", () => {
  it("come back as they were, whatever they are, small and large", async () => {
    const piece = fc.oneof(
      fc.nat({ max: 60 * KILOBYTE }).map(noise),
      fc.nat({ max: 60 * KILOBYTE }).map(text),
      fc.nat({ max: 60 * KILOBYTE }).map(repetition),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const plain = Buffer.concat(pieces);
        const packed = await compressed(plain);
        if (!packed) return;
        expect(packed.bytes.length).toBeLessThan(plain.length);
        expect(Buffer.compare(decompressed(packed, plain.length), plain)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["text in which nothing repeats", text(250 * KILOBYTE)],
    ["what repeats", repetition(250 * KILOBYTE)],
    ["one byte again and again", Buffer.alloc(250 * KILOBYTE, "x")],
    [
      "two bytes, one of them seldom",
      Buffer.from(noise(250 * KILOBYTE).map((byte) => (byte < 20 ? 97 : 98))),
    ],
    ["noise and then text", Buffer.concat([noise(150 * KILOBYTE), text(150 * KILOBYTE)])],
    ["text and what repeats", Buffer.concat([text(150 * KILOBYTE), repetition(150 * KILOBYTE)])],
  ])("of %s are at most a little larger than deflate would make them", async (_what, plain) => {
    const byDeflate = deflateRawSync(plain, { level: 1 }).length;
    expect(await sizeOf(plain)).toBeLessThanOrEqual(byDeflate * 1.03);
  });

  it("of a batch of orders are smaller than deflate would make them", async () => {
    const plain = Buffer.from(JSON.stringify(messages("orders", 100)));
    expect(await sizeOf(plain)).toBeLessThan(deflateRawSync(plain, { level: 1 }).length);
  });

  it("are left alone where there is no order in them", async () => {
    expect(await compressed(noise(250 * KILOBYTE))).toBeUndefined();
  });

  it.each([
    { size: "small", kilobytes: 32, by: "deflate" },
    { size: "large", kilobytes: 33, by: "brotli" },
  ])("are by $by where they are $size, and unpack to no more than the limit", async ({ kilobytes, by }) => {
    const packed = await compressed(repetition(kilobytes * KILOBYTE));
    expect(packed?.by).toBe(by);
    if (!packed) return;
    expect(() => decompressed(packed, kilobytes * KILOBYTE - 1)).toThrow("larger than");
    expect(decompressed(packed, 64 * KILOBYTE * KILOBYTE)).toHaveLength(kilobytes * KILOBYTE);
  });
});
