import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Answer } from "../a-lambda.js";

/** What Lambda says where a function's process exits. */
const EXITED: Answer = {
  functionError: "Unhandled",
  body: JSON.stringify({
    errorType: "Runtime.ExitError",
    errorMessage: "RequestId: 7 Error: Runtime exited with error: exit status 1",
  }),
};

/** A function's processes, as Lambda has them: each has one event at a time, and is used again until it exits. */
export class Environments {
  exits = 0;
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #out: number;

  /** `told`: where they write. */
  constructor(
    private readonly file: string,
    told: string,
  ) {
    this.#out = openSync(told, "a");
  }

  async invoke(event: unknown): Promise<Answer> {
    const child = this.#idle.pop() ?? this.#start();
    const answer = await new Promise<string | undefined>((resolve) => {
      const ended = (): void => resolve(undefined);
      child.once("exit", ended);
      child.once("message", (said) => {
        child.off("exit", ended);
        resolve(JSON.stringify(said));
      });
      child.send(event as object);
    });
    if (answer === undefined) {
      this.exits++;
      this.#all.delete(child);
      return EXITED;
    }
    this.#idle.push(child);
    return { body: answer };
  }

  stop(): void {
    for (const child of this.#all) child.kill();
    closeSync(this.#out);
  }

  #start(): ChildProcess {
    const child = fork(this.file, { stdio: ["ignore", this.#out, "inherit", "ipc"] });
    this.#all.add(child);
    return child;
  }
}
