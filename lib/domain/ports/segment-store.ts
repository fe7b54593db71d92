/** Objects for bytes that are too large for a slot. Its promises are test/contract/segment-store.ts. */
export interface SegmentStore {
  /** Resolves once everything is stored. A repeat overwrites the object with the same bytes. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** undefined if there certainly is no such object. @throws {Throttled} {StorageUnavailable} if that is not known. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Deletes an object for good; does nothing if there is none. @throws {Throttled} {StorageUnavailable} */
  delete(key: string): Promise<void>;
}
