import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { systemRandom } from "../../../lib/adapters/system/random.js";
import { OVERLAP_MS, newSecrets, rotated, signingSecrets } from "../../../lib/domain/webhook/secrets.js";

const NOW_MS = Date.UTC(2026, 7, 1);
const bytesOf = (secret: string): number => Buffer.from(secret.replace(/^whsec_/, ""), "base64").length;

it("makes secrets as Standard Webhooks writes them: whsec_ and 24 to 64 bytes in base64", () => {
  const { signing } = newSecrets(systemRandom, {});
  expect(signing).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
  expect(bytesOf(signing)).toBe(33);
  expect(newSecrets(systemRandom, {}).signing).not.toBe(signing);
});

it("GIVEN a rotation WHEN a day has not passed THEN both sign, the newest first; afterwards the new one alone", () => {
  const random = seededRandom(1);
  const before = newSecrets(random, { "x-a": "1" });
  const after = rotated(before, random, NOW_MS);
  expect(after.headers).toEqual({ "x-a": "1" });
  expect(after.signing).not.toBe(before.signing);
  expect(signingSecrets(after, NOW_MS + OVERLAP_MS - 1)).toEqual([after.signing, before.signing]);
  expect(signingSecrets(after, NOW_MS + OVERLAP_MS)).toEqual([after.signing]);
});

it("GIVEN two rotations on one day WHEN something is signed THEN the first secret of all is over", () => {
  const random = seededRandom(2);
  const first = newSecrets(random, {});
  const second = rotated(first, random, NOW_MS);
  const third = rotated(second, random, NOW_MS + 1);
  expect(signingSecrets(third, NOW_MS + 2)).toEqual([third.signing, second.signing]);
});
