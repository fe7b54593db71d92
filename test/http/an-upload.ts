import { memoryUpload } from "../../lib/adapters/memory/upload-store.js";
import type { PublishResult } from "../../lib/client/types.js";
import { AUDIT, type Api, ORDERS } from "./an-api.js";

/** More than comes with its message. */
export const LARGE = Buffer.alloc(5 * 1024 * 1024, "large ");

export interface Upload {
  readonly uploadId: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly expiresAt: string;
}

export interface Published {
  readonly messages: readonly (PublishResult & { readonly id: string; readonly error?: { code: string } })[];
}

export async function requested(api: Api, bytes: Buffer, more: object = {}): Promise<Upload> {
  const { status, body } = await api.send("POST", `${ORDERS}/uploads`, { sizeBytes: bytes.length, ...more });
  expect(status).toBe(200);
  return body;
}

export async function uploaded(api: Api, bytes: Buffer, more: object = {}): Promise<string> {
  const { uploadId, url, headers } = await requested(api, bytes, more);
  const contentType = headers["content-type"] ?? "";
  expect(memoryUpload(api.storage, new URL(url), { bytes, contentType })).toBeUndefined();
  return uploadId;
}

export const publish = async (api: Api, ...messages: object[]): Promise<Published> =>
  (await api.send("POST", `${ORDERS}/messages`, { messages })).body;

export const receive = async (api: Api): Promise<readonly Record<string, unknown>[]> =>
  ((await api.send("POST", `${AUDIT}/receive`, {})).body as { messages: Record<string, unknown>[] }).messages;
