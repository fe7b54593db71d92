import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { deflated, inflated } from "../../lib/domain/compression.js";

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

const sizeOf = async (plain: Buffer): Promise<number> => ((await deflated(plain)) ?? plain).length;

describe("deflated bytes", () => {
  it("come back as they were, whatever they are, small and large", async () => {
    const piece = fc.oneof(
      fc.nat({ max: 60 * KILOBYTE }).map(noise),
      fc.nat({ max: 60 * KILOBYTE }).map(text),
      fc.nat({ max: 60 * KILOBYTE }).map(repetition),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const plain = Buffer.concat(pieces);
        const packed = await deflated(plain);
        expect(packed === undefined || packed.length < plain.length).toBe(true);
        expect(packed === undefined || Buffer.compare(inflated(packed, plain.length), plain) === 0).toBe(
          true,
        );
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
  ])("of %s are as small as looking for repetitions would make them", async (_what, plain) => {
    const byRepetition = deflateRawSync(plain, { level: 1 }).length;
    expect(await sizeOf(plain)).toBeLessThanOrEqual(byRepetition * 1.02);
  });

  it("are left alone where there is no order in them", async () => {
    expect(await deflated(noise(250 * KILOBYTE))).toBeUndefined();
  });

  it("are inflated to no more than the limit, though they ask for more memory than they need", async () => {
    const packed = (await deflated(repetition(100 * KILOBYTE))) ?? Buffer.alloc(0);
    expect(() => inflated(packed, 100 * KILOBYTE - 1)).toThrow("larger than");
    expect(inflated(packed, 64 * KILOBYTE * KILOBYTE)).toHaveLength(100 * KILOBYTE);
  });
});
