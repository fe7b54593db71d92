import type { Outputs } from "./deploy.js";
import type { LocalDeployment } from "./local-file.js";

/** A deployed example, and what to do with it. */
export interface Deployed {
  readonly deployment: LocalDeployment;
  readonly outputs: Outputs;
  /** The stage of its HTTP APIs. */
  readonly stage: string;
  readonly orders: number;
  readonly say: (text: string) => void;
}

/** One of examples/, as `npm start` runs it. */
export interface Example {
  /** The file of its CDK app, and the stack in it. */
  readonly app: string;
  readonly stack: string;
  /** How many orders are placed unless it is said otherwise. */
  readonly orders: number;
  /** Runs its scenario, prints what came of it, and returns whether all was well. */
  readonly run: (deployed: Deployed) => Promise<boolean>;
}
