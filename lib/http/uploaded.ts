import { InvalidRequest, type SluiceError } from "../domain/errors.js";
import type { MessageContent } from "../domain/message.js";
import type { Engine } from "../operations/engine.js";
import { uploadedContent } from "../operations/upload/uploaded-content.js";
import { BODY_LIMIT_BYTES } from "./contracts/message.js";
import { readableBody } from "./raw-body.js";

/** Each is a request or two of its own, and may bring a body of some megabytes into memory. */
const UPLOADS_AT_MOST = 16;
const TOO_MANY = `name more than ${UPLOADS_AT_MOST} uploads: publish them in several requests`;
const ALONE =
  "is not stored, because an upload of this request cannot be published: with an Idempotency-Key, all have to";

interface Checkable {
  readonly content: MessageContent;
  readonly deliverAtMs?: number;
}

type Checked<D> = D | { readonly error: SluiceError };

/**
 * The messages of a request, with the bodies that were uploaded for them. With a key, one that fails has them all fail:
 * a repeat must not divide the request into other parts.
 */
export async function withUploads<D extends Checkable>(
  engine: Engine,
  checked: readonly Checked<D>[],
  topicOf: (draft: D) => string,
  isKeyed: boolean,
): Promise<readonly Checked<D>[]> {
  const uploads = checked.filter((one) => "content" in one && one.content.uploadId !== undefined);
  if (uploads.length === 0) return checked;
  if (uploads.length > UPLOADS_AT_MOST) throw new InvalidRequest([{ path: "messages", detail: TOO_MANY }]);
  const found = await Promise.all(checked.map((one) => withBody(engine, one, topicOf)));
  const hasFailed = found.some((one, at) => "error" in one && !("error" in (checked[at] ?? {})));
  if (!hasFailed || !isKeyed) return found;
  const error = new InvalidRequest([{ path: "", detail: ALONE }]);
  return found.map((one) => ("error" in one ? one : { error }));
}

async function withBody<D extends Checkable>(
  engine: Engine,
  one: Checked<D>,
  topicOf: (draft: D) => string,
): Promise<Checked<D>> {
  if ("error" in one) return one;
  const { content, deliverAtMs } = one;
  const { uploadId } = content;
  if (uploadId === undefined) return one;
  const draft = {
    ...{ topic: topicOf(one), uploadId, content },
    ...(deliverAtMs === undefined ? {} : { deliverAtMs }),
  };
  const outcome = await uploadedContent(engine, draft, {
    inlineLimitBytes: BODY_LIMIT_BYTES,
    bodyOf: readableBody,
  });
  return outcome instanceof Error ? { error: outcome } : { ...one, content: outcome };
}
