import type { Engine } from "../engine.js";

export type Names = Readonly<Record<string, string>>;

/** Reports what a sweep could not do. `names`: what it was about. */
export const tellSweepFailed = ({ telemetry }: Engine, names: Names, error: unknown): void =>
  telemetry.event("sweep-failed", "error", { ...names, error: String(error) });

/** Does a part of a sweep. If it fails, that is reported, and does not cost the others their turn. */
export async function orTell<T>(
  engine: Engine,
  names: Names,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    tellSweepFailed(engine, names, error);
    return undefined;
  }
}
