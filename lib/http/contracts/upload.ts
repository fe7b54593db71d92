import { z } from "zod";
import { UPLOAD_LIMIT_BYTES } from "../../domain/upload.js";
import { Time } from "./common.js";
import { ContentType, metaFields } from "./message.js";

const SHA256_HEX = /^[0-9a-fA-F]{64}$/;

export const UploadBody = z
  .strictObject({
    sizeBytes: z
      .number()
      .int()
      .min(1)
      .max(UPLOAD_LIMIT_BYTES)
      .meta({ description: "The exact size of the body, up to 5 GB" }),
    contentType: ContentType.optional().meta({
      description: "The media type of the body; default application/octet-stream",
    }),
    sha256: z
      .string()
      .regex(SHA256_HEX, "must be 64 hexadecimal digits")
      .transform((hex) => Buffer.from(hex, "hex").toString("base64url"))
      .optional()
      .meta({
        description: "SHA-256 of the body, as sha256sum prints it; then nothing else can be uploaded",
      }),
    delaySeconds: metaFields.delaySeconds.optional().meta({
      description: "Of a message that is to be delayed: so the body is kept for longer",
    }),
    deliverAt: Time.optional().meta({ description: "The same as a time; instead of delaySeconds" }),
  })
  .refine(({ delaySeconds, deliverAt }) => delaySeconds === undefined || deliverAt === undefined, {
    path: ["deliverAt"],
    message: 'cannot be combined with "delaySeconds": give one of them',
  });

export const UploadAnswer = z
  .object({
    uploadId: z.string().meta({ description: "What its message is published with, within a day" }),
    url: z.string().meta({ description: "For one PUT of the body" }),
    headers: z.record(z.string(), z.string()).meta({ description: "All of them have to be sent with it" }),
    expiresAt: Time.meta({ description: "When the URL ends; a PUT that began before goes on" }),
  })
  .meta({ id: "Upload" });
