import type { UploadStore } from "../../domain/ports/upload-store.js";
import { lazy } from "../lazy.js";

/** The uploads in `bucket`. */
export const openUploads = (bucket: string, at: { readonly endpoint?: string }): UploadStore =>
  lazy(async () => {
    const [{ s3Client }, { s3UploadStore }] = await Promise.all([
      import("./client.js"),
      import("./upload-store.js"),
    ]);
    return s3UploadStore({ client: s3Client(at), bucket });
  });
