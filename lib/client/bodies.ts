import { isJson } from "../domain/message.js";
import { type BodySource, type KnownBody, isBodySource, withKnownBody } from "./body-source.js";
import { SluiceUsageError } from "./errors.js";
import { jsonOf } from "./json-text.js";
import { checkedName } from "./options.js";
import { parsed } from "./outcomes.js";
import type { Transport } from "./transport.js";
import type { ReceivedMessage, UploadInput, UploadUrl } from "./types.js";

export interface UploadOptions extends Omit<UploadInput, "sizeBytes" | "sha256"> {
  /** Called as it goes on; from the beginning again, if it has to be tried again. */
  readonly onProgress?: (sentBytes: number, sizeBytes: number) => void;
}

/** What a message has in place of its body, or beside it: as it was received, read or looked up. */
export type WithBody = Pick<ReceivedMessage, "body" | "bodyText" | "bodyBase64" | "bodyUrl"> & {
  readonly contentType?: string | undefined;
};

/** Up to this size bytes go with their message. */
const INLINE_BYTES = 1024 * 1024;

interface WithSource {
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly delaySeconds?: number | undefined;
  readonly deliverAt?: string | undefined;
}

/** Bodies that do not come with their messages: to upload them, and to read them. */
export class Bodies {
  constructor(private readonly transport: Pick<Transport, "request" | "locate" | "put" | "get">) {}

  /**
   * Uploads a body of up to 5 GB, and returns the `uploadId` that its message is published with within a day. A stream
   * is written to a temporary file first.
   */
  async upload(topic: string, body: BodySource, options: UploadOptions = {}): Promise<string> {
    if (!isBodySource(body)) throw new SluiceUsageError("a body to upload is bytes, a stream or a BodyFile");
    return await withKnownBody(body, (known) => this.#upload(topic, known, options));
  }

  async #upload(topic: string, known: KnownBody, { onProgress, ...options }: UploadOptions): Promise<string> {
    const { sizeBytes, sha256, open } = known;
    const path = `/v1/topics/${checkedName("topic", topic)}/uploads`;
    const text = await this.transport.request("POST", path, jsonOf({ ...options, sizeBytes, sha256 }));
    const { uploadId, url, headers } = parsed(text) as UploadUrl;
    await this.transport.put(url, headers, () => counted(open(), (sent) => onProgress?.(sent, sizeBytes)));
    return uploadId;
  }

  /** A body as a stream of its bytes, wherever it is. */
  async open(message: WithBody): Promise<ReadableStream<Uint8Array>> {
    const { bodyUrl } = message;
    if (bodyUrl === undefined) return streamOf(bytesIn(message));
    return await this.transport.get(await this.transport.locate(bodyUrl));
  }

  /** A body as its bytes, in memory. */
  async bytes(message: WithBody): Promise<Uint8Array> {
    if (message.bodyUrl === undefined) return bytesIn(message);
    return new Uint8Array(await new Response(await this.open(message)).arrayBuffer());
  }

  /** The messages as they are sent: bytes and streams as base64 if they are small, otherwise uploaded. */
  async sent<M extends object>(
    messages: readonly M[],
    topicOf: (message: M) => string,
  ): Promise<readonly object[]> {
    const sent: object[] = [];
    for (const message of messages) sent.push(await this.#sentOne(message, topicOf(message)));
    return sent;
  }

  async #sentOne(message: WithSource, topic: string): Promise<object> {
    const { body, ...others } = message;
    if (!isBodySource(body)) return message;
    const { contentType, ...meta } = others;
    const { delaySeconds, deliverAt } = meta;
    const type = contentType === undefined ? {} : { contentType };
    return await withKnownBody(body, async (known) => {
      if (known.sizeBytes <= INLINE_BYTES) return { ...meta, ...type, bodyBase64: await base64Of(known) };
      const times = {
        ...(delaySeconds === undefined ? {} : { delaySeconds }),
        ...(deliverAt === undefined ? {} : { deliverAt }),
      };
      return { ...meta, uploadId: await this.#upload(topic, known, { ...type, ...times }) };
    });
  }
}

async function base64Of({ open }: KnownBody): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of open()) all.push(chunk);
  return Buffer.concat(all).toString("base64");
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  tell: (sentBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sentBytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    sentBytes += chunk.length;
    tell(sentBytes);
  }
}

/** The bytes that were published. */
function bytesIn({ body, bodyText, bodyBase64, contentType = "" }: WithBody): Uint8Array {
  if (bodyBase64 !== undefined) return Buffer.from(bodyBase64, "base64");
  if (isJson(contentType)) return Buffer.from(bodyText ?? JSON.stringify(body));
  return Buffer.from(String(body));
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes);
      controller.close();
    },
  });
