import { createHash } from "node:crypto";
import type { SQSMessageAttributes } from "aws-lambda";

const LENGTH_BYTES = 4;
/** Marks a text value. */
const TEXT_VALUE = Buffer.from([1]);

/** By "Calculating the MD5 message digest for message attributes" in the SQS developer guide. */
export function attributesDigest(attributes: SQSMessageAttributes): string {
  const digest = createHash("md5");
  const add = (text: string): void => {
    const bytes = Buffer.from(text, "utf8");
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(bytes.length);
    digest.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { dataType = "", stringValue = "" } = attributes[name] ?? {};
    add(name);
    add(dataType);
    digest.update(TEXT_VALUE);
    add(stringValue);
  }
  return digest.digest("hex");
}

export const bodyDigest = (body: string): string => createHash("md5").update(body).digest("hex");
