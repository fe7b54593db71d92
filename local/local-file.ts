import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emulatedApiUrl, type Outputs } from "./deploy.js";
import { REGION } from "./emulator.js";
import { WORK } from "./paths.js";

/** The content of `.sluice/local.json`, where tools and people find the local deployment while it is running. */
export interface LocalDeployment {
  readonly apiUrl: string;
  readonly endpointUrl: string;
  readonly region: string;
  readonly tables: { readonly log: string; readonly state: string; readonly outbox: string };
  readonly bucket: string;
}

/**
 * One of the queue's outputs, by its name without the prefix and suffix that the CDK adds. @throws {Error} if it is
 * missing
 */
export function outputOf(outputs: Outputs, name: string): string {
  const found = Object.entries(outputs).find(([key]) => new RegExp(`^Queue${name}[0-9A-F]{8}$`).test(key));
  const value = found?.[1] ?? outputs[name];
  if (value === undefined)
    throw new Error(`the stack has no output ${name}: it has ${Object.keys(outputs).join(", ")}`);
  return value;
}

/** Describes the deployment by its stack's outputs. */
export function localDeployment(endpointUrl: string, outputs: Outputs, stage: string): LocalDeployment {
  return {
    apiUrl: emulatedApiUrl(endpointUrl, outputOf(outputs, "ApiId"), stage),
    endpointUrl,
    region: REGION,
    tables: {
      log: outputOf(outputs, "LogTable"),
      state: outputOf(outputs, "StateTable"),
      outbox: outputOf(outputs, "OutboxTable"),
    },
    bucket: outputOf(outputs, "BucketName"),
  };
}

export async function writeLocalFile(deployment: LocalDeployment, folder = WORK): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "local.json");
  await writeFile(file, contentOf(deployment));
  return file;
}

/** Removes the file when its deployment ends, unless another deployment has overwritten it. */
export async function removeLocalFile(deployment: LocalDeployment, folder = WORK): Promise<void> {
  const file = join(folder, "local.json");
  const found = await readFile(file, "utf8").catch(() => undefined);
  if (found === contentOf(deployment)) await rm(file, { force: true });
}

const contentOf = (deployment: LocalDeployment): string => `${JSON.stringify(deployment, undefined, 2)}\n`;
