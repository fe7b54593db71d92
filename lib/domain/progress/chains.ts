import { hashBelow } from "../hash.js";

/**
 * With ordering, a record holds the messages of one key, in order, and its id says which, as in
 * `0001790000000000-k-5d41402a--nonce`. So a cursor's list of open records tells which keys are busy. A record whose id
 * names no key holds its whole partition (docs/decisions/0034-keys-not-partitions.md).
 */
const CHAIN_ID = /^\d+-k-([0-9a-f]{8})--/;
const HASHES = 2 ** 32;

/** Stands for a key. Two keys with the same hash wait for each other, and nothing worse. */
export const keyHash = (key = ""): string => hashBelow(key, HASHES).toString(16).padStart(8, "0");

/** The hash of the key whose messages the record with this id holds; undefined if it holds its whole partition. */
export const chainKey = (id: string): string | undefined => CHAIN_ID.exec(id)?.[1];

/** The name of a record of this key, or of one that holds its partition. */
export const chainNonce = (hash: string | undefined, nonce: string): string =>
  hash === undefined ? nonce : `k-${hash}--${nonce}`;

/** A name for a record that replaces `id`: of the same key. */
export const nonceLike = (id: string, nonce: string): string => chainNonce(chainKey(id), nonce);

/** The most records of one partition that keys may wait in: the cursor lists them, in some 50 bytes each. */
export const BUSY_KEYS_AT_MOST = 64;
/** The most when a pump lets go of a partition while so many keys are being delivered. */
export const BUSY_KEYS_AT_THE_END = 256;
