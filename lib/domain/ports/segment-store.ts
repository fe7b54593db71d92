/** Objects for bytes that are too large for a slot. Its promises are test/contract/segment-store.ts. */
export interface SegmentStore {
  /** Stored in full once it resolves; the same key again overwrites with the same bytes. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * undefined: there is no such object, for certain. @throws {Throttled} {StorageUnavailable} where that is not
   * known.
   */
  get(key: string): Promise<Uint8Array | undefined>;
}
