import type { Handed } from "../../domain/handed.js";
import type { FailedEntry, Run, RunAhead, RunEntry } from "../../domain/moves/commit.js";
import { type Lease, dueId } from "../../domain/progress/records.js";
import { formatReceipt } from "../../domain/receipt.js";
import type { Reader } from "../../domain/reader.js";
import type { PlacedMessage } from "../log/placed-message.js";
import type { Delivered } from "./delivered.js";

interface BatchParts {
  /** The subscription as it was when the batch was taken. */
  readonly reader: Reader;
  readonly handed: readonly Handed[];
  /** Call it when the messages are no longer needed, to free their memory. */
  readonly free: () => void;
}

/** Messages that are held by leases. */
export interface LeasedBatch extends BatchParts {
  readonly kind: "leased";
  readonly leases: readonly Lease[];
}

/** Messages that the pump owns: by their partition's head, or by a block. It writes their outcome. */
export interface OwnedBatch extends BatchParts, Run {
  readonly kind: "owned";
  /** Empty once they are done: their bodies would stay in memory until the head has passed them. */
  handed: readonly Handed[];
  failed: readonly FailedEntry[] | undefined;
  /** Whether its target took nothing of it. It keeps its memory, and may be delivered again. */
  isBack?: boolean;
  /** Set together with `failed` or `isBack`: what became of it. */
  delivered?: Delivered;
  /** Empty, unless the owner had to go on without the delivery before it ended. */
  leases: readonly Lease[];
}

export type Batch = OwnedBatch | LeasedBatch;

/** Who works off a partition. */
export interface Owner {
  /** Previous owners in a row that died. */
  readonly deaths: number;
  /** The most deliveries in flight. */
  readonly width: number;
  /** Set for a probe: another message each time, so that what one of them does to its target decides nothing. */
  readonly nthProbe?: number;
  /** The longest pause between looks, where messages are known to come often. */
  readonly looksWithinMs?: () => number;
  /** Called where a read has brought something, whether it can be delivered now or waits for its key. */
  readonly came?: () => void;
}

/** A delivery of the messages ahead of a head, in order. */
export type BatchAhead = OwnedBatch &
  RunAhead & {
    /** Messages that the filter left out since the batch before. */
    readonly leftOut: number;
  };

/** The lease id in receipts of what a pump owns: nobody can settle with them. */
const OWNED_LEASE_ID = dueId(0, "owned");

export function ownedBatch(
  reader: Reader,
  placed: readonly PlacedMessage[],
  { attempt, atMs, free }: { readonly attempt: number; readonly atMs: number; readonly free: () => void },
): OwnedBatch {
  const { subscription } = reader;
  const lease = { leaseId: OWNED_LEASE_ID, leaseSize: placed.length };
  return {
    kind: "owned",
    reader,
    handed: placed.map(({ message }) => ({
      ...message,
      receipt: formatReceipt(subscription, { ...lease, offset: message.offset }),
      attempt,
      firstReceivedAtMs: atMs,
    })),
    free,
    attempt,
    entries: runEntries(placed),
    handedOutAtMs: atMs,
    failed: undefined,
    leases: [],
  };
}

export const runEntries = (placed: readonly PlacedMessage[]): readonly RunEntry[] =>
  placed.map(({ message: { offset, publishedAtMs, expiresAtMs }, slotBase }) => ({
    offset,
    publishedAtMs,
    slotBase,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  }));
