import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Run } from "./report.js";

/** What a worker tells the foreman. */
export type Told =
  | { readonly kind: "ready" }
  | { readonly kind: "begun"; readonly taskId: string; readonly attempt: number }
  | { readonly kind: "done" | "let-go"; readonly taskId: string };

interface Worker {
  readonly number: number;
  readonly process: ChildProcess;
  readonly gone: Promise<void>;
}

/** Workers, each a process of its own that can be told to leave, or killed. */
export class Crew {
  readonly runs: Run[] = [];
  came = 0;
  left = 0;
  killed = 0;
  #workers: readonly Worker[] = [];

  constructor(
    private readonly apiUrl: string,
    private readonly workMs: number,
    private readonly leaseSeconds: number,
  ) {}

  get size(): number {
    return this.#workers.length;
  }

  get done(): number {
    return new Set(this.runs.filter(({ end }) => end === "done").map(({ taskId }) => taskId)).size;
  }

  /** Resolves once the worker asks for tasks. */
  async comes(): Promise<void> {
    const number = ++this.came;
    const path = fileURLToPath(new URL("worker.ts", import.meta.url));
    const child = spawn(
      process.execPath,
      ["--import", "tsx", path, this.apiUrl, String(this.workMs), String(this.leaseSeconds)],
      {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      },
    );
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const ready = new Promise<void>((resolve) => {
      child.on("message", (told: Told) => {
        if (told.kind === "ready") resolve();
        else this.#hears(number, told);
      });
    });
    await Promise.race([ready, gone]);
    this.#workers = [...this.#workers, { number, process: child, gone }];
  }

  #hears(worker: number, told: Exclude<Told, { kind: "ready" }>): void {
    const nowMs = Date.now();
    if (told.kind === "begun") return void this.runs.push({ taskId: told.taskId, worker, begunMs: nowMs });
    const run = this.#open(worker).find(({ taskId }) => taskId === told.taskId);
    if (run) Object.assign(run, { endedMs: nowMs, end: told.kind });
  }

  #open(worker: number): readonly Run[] {
    return this.runs.filter((run) => run.worker === worker && run.end === undefined);
  }

  /** The oldest worker finishes what it has begun, gives back the rest, and goes. */
  async leaves(): Promise<void> {
    const worker = this.#takeOldest();
    if (!worker) return;
    this.left++;
    worker.process.kill("SIGTERM");
    await worker.gone;
    for (const run of this.#open(worker.number)) Object.assign(run, { endedMs: Date.now(), end: "let-go" });
  }

  /** A worker with a task in its hands dies, as by a power cut. */
  async isKilled(): Promise<void> {
    const busy = this.#workers.find(({ number }) => this.#open(number).length > 0);
    if (!busy) return;
    this.#workers = this.#workers.filter((worker) => worker !== busy);
    this.killed++;
    busy.process.kill("SIGKILL");
    await busy.gone;
    for (const run of this.#open(busy.number)) Object.assign(run, { endedMs: Date.now(), end: "killed" });
  }

  #takeOldest(): Worker | undefined {
    const [oldest, ...others] = this.#workers;
    this.#workers = others;
    return oldest;
  }

  async allLeave(): Promise<void> {
    const all = this.#workers;
    this.#workers = [];
    for (const { process: child } of all) child.kill("SIGTERM");
    await Promise.all(all.map(({ gone }) => gone));
  }
}
