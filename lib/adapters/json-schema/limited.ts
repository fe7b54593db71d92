import { Script, createContext } from "node:vm";

const step: { run: () => void } = { run: () => undefined };
const context = createContext(step);
const script = new Script("run()");

/** Runs `work`, and gives it up after so many milliseconds, wherever it is then. @throws {TookTooLong} */
export function limited<T>(milliseconds: number, work: () => T): T {
  const done: { value?: T } = {};
  step.run = () => {
    done.value = work();
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw new TookTooLong();
    throw error;
  } finally {
    step.run = () => undefined;
  }
  return done.value as T;
}

export class TookTooLong extends Error {
  override readonly name = "TookTooLong";
}
