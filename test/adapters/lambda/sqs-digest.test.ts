import { attributesDigest } from "../../../lib/adapters/lambda/sqs-digest.js";

const number = (stringValue: string) => ({ stringValue, dataType: "Number" as const });

describe("the digest of message attributes", () => {
  // Seen from AWS, and kept in moto's tests of SQS.
  it.each([
    ["timestamp", "1493147359900", "235c5c510d26fb653d073faed50ae77c"],
    ["timestamp", "1493147359901", "994258b45346a2cc3f9cbb611aa7af30"],
    ["SOME_Valid.attribute-Name", "1493147359900", "36655e7e9d7c0e8479fa3f3f42247ae7"],
  ])("of %s %s is what SQS says", (name, value, digest) => {
    expect(attributesDigest({ [name]: number(value) })).toBe(digest);
  });

  it("does not depend on the order in which they were written", () => {
    const [a, b] = [number("1"), number("2")];
    expect(attributesDigest({ a, b })).toBe(attributesDigest({ b, a }));
    expect(attributesDigest({ a: b, b: a })).not.toBe(attributesDigest({ a, b }));
  });
});
