import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { InvalidRequest } from "../domain/errors.js";
import { EncodingNotSupported, RequestIncomplete, RequestTooLarge } from "./errors.js";
import { headerOf } from "./headers.js";
import { invalidJson } from "./json-fault.js";
import { type JsonSource, jsonSource } from "./json-source.js";
import type { ApiRequest } from "./request.js";
import { isUtf8, utf8Text } from "./text.js";

const BYTE_ORDER_MARK = "\ufeff";
const unzip = promisify(gunzip);

/**
 * Reads and decodes the whole body, up to `limitBytes` once unpacked: a kilobyte of gzip can hold a megabyte.
 * @throws {RequestTooLarge} {EncodingNotSupported} {RequestIncomplete} {InvalidRequest}
 */
export async function readBody(request: ApiRequest, limitBytes: number): Promise<Uint8Array> {
  const encoding = (headerOf(request.headers, "content-encoding") ?? "identity").trim().toLowerCase();
  if (!["identity", "", "gzip", "x-gzip"].includes(encoding)) throw new EncodingNotSupported(encoding);
  const bytes = await readBytes(request, limitBytes);
  if (!encoding.endsWith("gzip")) return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new RequestTooLarge(limitBytes);
    throw new InvalidRequest([{ path: "", detail: "the body is not valid gzip, as Content-Encoding says" }]);
  }
}

async function readBytes({ headers, body, signal }: ApiRequest, limitBytes: number): Promise<Uint8Array> {
  if (Number(headerOf(headers, "content-length") ?? 0) > limitBytes) throw new RequestTooLarge(limitBytes);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body ?? []) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new RequestIncomplete({ cause });
  }
  if (sizeBytes > limitBytes) throw new RequestTooLarge(limitBytes);
  if (signal.aborted) throw new RequestIncomplete();
  return Buffer.concat(chunks);
}

/** A JSON body: its value, and its parts as they were written. */
export interface JsonBody {
  readonly value: unknown;
  readonly source: JsonSource;
}

/**
 * An empty body counts as `{}`: every field gets its default.
 * @throws {InvalidRequest}
 */
export function parseBody(
  bytes: Uint8Array,
  contentType: string | undefined,
  isKept?: (path: string) => boolean,
): JsonBody {
  if (!isUtf8(contentType ?? "")) {
    throw new InvalidRequest([
      { path: "headers.Content-Type", detail: "names another charset: JSON is UTF-8 here" },
    ]);
  }
  const decoded = utf8Text(bytes);
  if (decoded === undefined) throw wrongBody("is not valid JSON: it is not UTF-8 text");
  const text = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
  if (text.trim() === "") return { value: {}, source: { kept: new Map(), inexact: [] } };
  const value = parse(text);
  return { value, source: jsonSource(text, isKept) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw wrongBody(invalidJson(text));
  }
}

const wrongBody = (what: string): InvalidRequest =>
  new InvalidRequest([{ path: "", detail: `the body ${what}` }]);
