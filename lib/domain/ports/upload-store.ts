/** What is promised of an upload, and what S3 has stored of it. */
export interface UploadFacts {
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Base64url of the SHA-256 of its bytes, if it is known. */
  readonly sha256?: string;
}

/** A request that whoever has it may send as it is. */
export interface SignedPut {
  readonly url: string;
  /** Each of them has to be sent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Bodies that publishers put into the bucket by themselves. Its promises are test/contract/upload-store.ts. */
export interface UploadStore {
  /**
   * A PUT of exactly such bytes within so many seconds, which is refused where something is stored already: what is
   * kept stays as it is. What it stores is unused until it is kept.
   */
  putUrl(key: string, facts: UploadFacts, seconds: number): Promise<SignedPut>;
  /** What is stored; undefined if there certainly is nothing. @throws {Throttled} {StorageUnavailable} */
  find(key: string): Promise<UploadFacts | undefined>;
  /** It is used from now on, and stays as long as its class says. @throws {Throttled} {StorageUnavailable} */
  keep(key: string): Promise<"kept" | "gone">;
  /** A GET of its bytes within so many seconds. */
  getUrl(key: string, seconds: number): Promise<string>;
}
