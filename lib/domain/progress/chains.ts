import { hashBelow } from "../hash.js";

/**
 * With ordering, a record holds the messages of one key, in order, and its id says which, as in
 * `0001790000000000-k-5d41402a--nonce`. So a cursor's list of open records tells which keys are busy. A pulled lease
 * may be of several keys: its id names each, and its spans say which they are of. A record whose id names no key holds
 * its whole partition (docs/decisions/0034-keys-not-partitions.md, 0043-keys-of-pulled-subscriptions.md).
 */
const KEYED_ID = /^\d+-k-([0-9a-f]{8}(?:-[0-9a-f]{8})*)--/;
const HASHES = 2 ** 32;

/** Stands for a key. Two keys with the same hash wait for each other, and nothing worse. */
export const keyHash = (key = ""): string => hashBelow(key, HASHES).toString(16).padStart(8, "0");

/** The hashes of the keys whose messages the record with this id holds; undefined if it holds its whole partition. */
export const keysIn = (id: string): readonly string[] | undefined => KEYED_ID.exec(id)?.[1]?.split("-");

/** The same for a record of one key; undefined for one of several too. */
export function chainKey(id: string): string | undefined {
  const keys = keysIn(id);
  return keys?.length === 1 ? keys[0] : undefined;
}

/** Whether the record with this id holds its whole partition. */
export const holdsAll = (id: string): boolean => keysIn(id) === undefined;

/** The name of a record of these keys. */
export const keyedNonce = (hashes: readonly string[], nonce: string): string =>
  `k-${hashes.join("-")}--${nonce}`;

/** The name of a record of this key, or of one that holds its partition. */
export const chainNonce = (hash: string | undefined, nonce: string): string =>
  hash === undefined ? nonce : keyedNonce([hash], nonce);

/** The most records of one partition that keys may wait in: the cursor lists them, in some 50 bytes each. */
export const BUSY_KEYS_AT_MOST = 64;
/** The most keys of one lease: its id, which each receipt carries, names all of them. */
export const KEYS_IN_A_LEASE = 16;
/** The most when a pump lets go of a partition while so many keys are being delivered. */
export const BUSY_KEYS_AT_THE_END = 256;
