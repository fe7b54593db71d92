import fc from "fast-check";
import { contentOf } from "../../../lib/adapters/https/content.js";
import { postedBytes } from "../../../lib/adapters/https/sizes.js";
import { HTTPS_DEFAULTS, type HttpsTarget } from "../../../lib/domain/subscription.js";
import { aHanded, aReader } from "../lambda/a-handed.js";

const sized = (format: HttpsTarget["format"], message: ReturnType<typeof aHanded>): number => {
  const target: HttpsTarget = { type: "https", url: "https://example.com/", ...HTTPS_DEFAULTS, format };
  return Buffer.byteLength(contentOf(aReader({}, { target }), target, [message]).text);
};

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3_000 }),
  fc.nat(3_000).map((length) => "\u0001".repeat(length)),
  fc.nat(3_000).map((length) => '"\\'.repeat(length)),
);

it("GIVEN any message WHEN it is posted THEN it is no larger than was counted", () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText, fc.uint8Array({ maxLength: 3_000 })),
      fc.constantFrom("text/plain", "application/json", "image/png"),
      fc.dictionary(
        fc.string({ unit: "binary", minLength: 1, maxLength: 128 }),
        fc.oneof(anyText, fc.double(), fc.boolean()),
        { maxKeys: 5 },
      ),
      fc.constantFrom("message" as const, "cloudevent" as const),
      (body, contentType, attributes, format) => {
        const message = aHanded({
          body,
          contentType,
          attributes,
          key: "k",
          tag: "t",
          lastError: "e".repeat(1_024),
        });
        expect(sized(format, message)).toBeLessThanOrEqual(postedBytes(message));
      },
    ),
  );
});
