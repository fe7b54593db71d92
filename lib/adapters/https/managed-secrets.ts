import type { Clock } from "../../domain/ports/clock.js";
import type { ManagedSecret } from "../../domain/webhook/secrets.js";

/** Reads a secret where it is managed. @throws if that fails */
export type ReadSecret = (arn: string) => Promise<ManagedSecret>;

/** A rotation is seen within this time. */
const KEPT_MS = 60_000;
/** While it cannot be read, one that was read is used for so long, and read again this often. */
const USED_FOR_MS = 3_600_000;
const AGAIN_AFTER_MS = 10_000;

interface Known {
  readonly secret: ManagedSecret;
  readonly readAtMs: number;
  readonly againAtMs: number;
}

/** The managed secrets that a process signs with: each is read once a minute. */
export class ManagedSecrets {
  readonly #known = new Map<string, Known>();
  /** Deliveries that need the same secret at once read it once. */
  readonly #reading = new Map<string, Promise<ManagedSecret>>();

  constructor(
    private readonly read: ReadSecret,
    private readonly clock: Pick<Clock, "nowMs">,
  ) {}

  /** @throws if it cannot be read, and was not within the hour */
  async of(arn: string): Promise<ManagedSecret> {
    const nowMs = this.clock.nowMs();
    const known = this.#known.get(arn);
    if (known && nowMs >= known.readAtMs && nowMs < known.againAtMs) return known.secret;
    const reading = this.#reading.get(arn) ?? this.#readAnew(arn, known);
    this.#reading.set(arn, reading);
    return await reading;
  }

  async #readAnew(arn: string, known: Known | undefined): Promise<ManagedSecret> {
    const readAtMs = this.clock.nowMs();
    try {
      const secret = await this.read(arn);
      this.#known.set(arn, { secret, readAtMs, againAtMs: readAtMs + KEPT_MS });
      return secret;
    } catch (error) {
      if (!known || Math.abs(readAtMs - known.readAtMs) >= USED_FOR_MS) throw error;
      this.#known.set(arn, { ...known, againAtMs: this.clock.nowMs() + AGAIN_AFTER_MS });
      return known.secret;
    } finally {
      this.#reading.delete(arn);
    }
  }
}
