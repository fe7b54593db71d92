import type { UploadStore } from "../../domain/ports/upload-store.js";

/** The uploads in `bucket`. The SDK's part for S3 is loaded with the first of them. */
export function openUploads(bucket: string, at: { readonly endpoint?: string }): UploadStore {
  let opened: Promise<UploadStore> | undefined;
  const uploads = (): Promise<UploadStore> => (opened ??= open(bucket, at));
  return {
    putUrl: async (key, facts, seconds) => await (await uploads()).putUrl(key, facts, seconds),
    find: async (key) => await (await uploads()).find(key),
    keep: async (key) => await (await uploads()).keep(key),
    getUrl: async (key, seconds) => await (await uploads()).getUrl(key, seconds),
  };
}

async function open(bucket: string, at: { readonly endpoint?: string }): Promise<UploadStore> {
  const [{ s3Client }, { s3UploadStore }] = await Promise.all([
    import("./client.js"),
    import("./upload-store.js"),
  ]);
  return s3UploadStore({ client: s3Client(at), bucket });
}
