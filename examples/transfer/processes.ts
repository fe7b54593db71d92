import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BankTables } from "./bank.js";

/** What goes wrong with one request to the receiver. */
export type Fault = "throws" | "slow" | "crashes" | "throws-after-write";

export interface PublisherSettings extends BankTables {
  readonly apiUrl: string;
  readonly transfers: number;
  readonly accounts: number;
  /** So many transfers are published together. */
  readonly together: number;
  readonly gapMs: number;
}

export interface ReceiverSettings extends BankTables {
  readonly port: number;
  readonly secret: string;
}

export type ToldByPublisher =
  | { readonly kind: "resumed"; readonly pending: number }
  | { readonly kind: "begun" | "published" | "done" }
  | { readonly kind: "noted"; readonly transfers: number };

export type ToldByReceiver =
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "took"; readonly isRedelivery: boolean };

/** A process of the example that tells what it does, and can be killed at any time. */
export class Child<Told> {
  readonly gone: Promise<void>;
  isGone = false;
  readonly #process: ChildProcess;
  readonly #kill = (): void => void this.#process.kill("SIGKILL");

  constructor(name: "publisher" | "receiver", settings: object, hears: (told: Told) => void) {
    const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    this.#process = spawn(process.execPath, ["--import", "tsx", path, JSON.stringify(settings)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: process.env,
    });
    this.#process.on("message", hears);
    // However the scenario ends, nobody is left behind.
    process.once("exit", this.#kill);
    this.gone = new Promise((resolve) =>
      this.#process.once("exit", () => {
        process.off("exit", this.#kill);
        this.isGone = true;
        resolve();
      }),
    );
  }

  tell(word: readonly Fault[]): void {
    if (this.#process.connected) this.#process.send(word, () => undefined);
  }

  /** As by a power cut. */
  async dies(): Promise<void> {
    this.#kill();
    await this.gone;
  }

  /** It is there, and does nothing. */
  standsStill(): void {
    this.#process.kill("SIGSTOP");
  }

  goesOn(): void {
    this.#process.kill("SIGCONT");
  }
}
