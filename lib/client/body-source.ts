import { SluiceUsageError, shown } from "./errors.js";

/** A body as bytes: in memory, as a stream, or in a file. */
export type BodySource = Uint8Array | AsyncIterable<Uint8Array> | BodyFile;

/** A body that is a file's bytes, which nobody changes meanwhile: `new BodyFile("film.mp4")`. */
export class BodyFile {
  constructor(readonly path: string) {}
}

/** A body whose size and digest are known, as an upload has them signed. It may be read again and again. */
export interface KnownBody {
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export const isBodySource = (body: unknown): body is BodySource =>
  body instanceof Uint8Array ||
  body instanceof BodyFile ||
  (typeof body === "object" && body !== null && Symbol.asyncIterator in body);

/** Calls `use` with the body. A stream is written to a temporary file first, which is gone afterwards on every path. */
export async function withKnownBody<T>(
  source: BodySource,
  use: (known: KnownBody) => Promise<T>,
): Promise<T> {
  if (source instanceof Uint8Array) return await use(await knownBytes(source));
  if (source instanceof BodyFile) return await use(await knownFile(source.path));
  const [{ mkdtemp, rm, writeFile }, { tmpdir }, paths] = await Promise.all([
    import("node:fs/promises"),
    import("node:os"),
    import("node:path"),
  ]);
  const folder = await mkdtemp(paths.join(tmpdir(), "sluice-body-"));
  try {
    const path = paths.join(folder, "body");
    await writeFile(path, bytesOf(source), { mode: 0o600 });
    return await use(await knownFile(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A stream of texts would be written as UTF-8, whatever its bytes were. @throws {SluiceUsageError} */
async function* bytesOf(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (!(chunk instanceof Uint8Array))
      throw new SluiceUsageError(`a body's stream has to give bytes, and gave a ${typeof chunk}`);
    yield chunk;
  }
}

async function knownBytes(bytes: Uint8Array): Promise<KnownBody> {
  const { createHash } = await import("node:crypto");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { sizeBytes: bytes.length, sha256, open: () => pieces(bytes) };
}

const PIECE_BYTES = 1024 * 1024;

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PIECE_BYTES)
    yield await Promise.resolve(bytes.subarray(from, from + PIECE_BYTES));
}

/** @throws {SluiceUsageError} if it cannot be read */
async function knownFile(path: string): Promise<KnownBody> {
  const [{ createHash }, { createReadStream }] = await Promise.all([
    import("node:crypto"),
    import("node:fs"),
  ]);
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: PIECE_BYTES });
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    for await (const chunk of open()) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    throw new SluiceUsageError(`the body ${shown(path)} cannot be read: ${(error as Error).message}`);
  }
  return { sizeBytes, sha256: hash.digest("hex"), open };
}
