import type { UploadStore } from "../domain/ports/upload-store.js";

const refuse = (): Promise<never> =>
  Promise.reject(new Error("this function was made without access to uploads"));

/** For functions that take no requests: whoever publishes and reads uploaded bodies does so over the API. */
export const noUploads: UploadStore = { putUrl: refuse, find: refuse, keep: refuse, getUrl: refuse };
