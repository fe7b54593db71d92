import { type App, RemovalPolicy } from "aws-cdk-lib";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import type { SluiceProps } from "../cdk/index.js";

/** What an example's queue has that a queue in use would not: it goes with its stack, and runs on an emulator. */
export const OF_AN_EXAMPLE = {
  removalPolicy: RemovalPolicy.DESTROY,
  // The emulators cannot destroy a bucket that empties itself.
  emptyBucketOnDelete: false,
  architecture: Architecture.X86_64,
} as const satisfies Partial<SluiceProps>;

export interface ExampleSettings {
  readonly endpoint: "http" | "rest";
  readonly auth: "iam" | "none";
  /** More environment variables of every function, such as an emulator's endpoint. */
  readonly environment: Readonly<Record<string, string>>;
}

/** By context: `endpoint` (http, rest), `auth` (iam, none). An AWS endpoint in the environment is an emulator's. */
export function settingsOf(app: App): ExampleSettings {
  const endpointUrl = process.env.AWS_ENDPOINT_URL;
  return {
    endpoint: app.node.tryGetContext("endpoint") === "rest" ? "rest" : "http",
    auth: app.node.tryGetContext("auth") === "none" ? "none" : "iam",
    environment: endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl },
  };
}

/** By context: `privateTargets` (allow). */
export const allowsPrivateTargets = (app: App): boolean =>
  app.node.tryGetContext("privateTargets") === "allow";
