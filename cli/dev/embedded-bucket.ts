import { buffer } from "node:stream/consumers";
import type { IncomingMessage, ServerResponse } from "node:http";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { memoryUpload, uploadKeyIn } from "../../lib/adapters/memory/upload-store.js";
import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";

const PATH = "/uploads/";

/** What is kept in memory, and serves uploads as a bucket does. */
export class EmbeddedBucket {
  readonly storage = new MemoryStorage({ limits: dynamoDbItemLimits() });
  #base = PATH;

  /** What the URLs of uploads begin with. */
  get base(): string {
    return this.#base;
  }

  /** From now on it is served there. */
  servedAt(url: string): void {
    this.#base = `${url}${PATH}`;
  }

  isFor(incoming: IncomingMessage): boolean {
    return incoming.url?.startsWith(PATH) ?? false;
  }

  async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "", "http://localhost");
    if (incoming.method === "PUT") return await this.#put(url, incoming, outgoing);
    const key = uploadKeyIn(url);
    const bytes = this.storage.segments.get(key);
    if (incoming.method !== "GET" || !bytes) return void outgoing.writeHead(bytes ? 405 : 404).end();
    const contentType = this.storage.uploads.get(key)?.facts.contentType ?? "application/octet-stream";
    outgoing.writeHead(200, { "Content-Type": contentType, "Content-Length": bytes.length }).end(bytes);
  }

  async #put(url: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const contentType = incoming.headers["content-type"] ?? "";
    const isThere = this.storage.segments.has(uploadKeyIn(url));
    const wrong = memoryUpload(this.storage, url, { bytes: await buffer(incoming), contentType });
    if (wrong === undefined) return void outgoing.writeHead(200).end();
    outgoing.writeHead(isThere ? 412 : 400, { "Content-Type": "text/plain" }).end(`the body ${wrong}\n`);
  }
}
