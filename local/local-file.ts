import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emulatedApiUrl, type Outputs } from "./deploy.js";
import { REGION } from "./emulator.js";
import { WORK } from "./paths.js";

/** What a local deployment is, for tools and people: the content of `.sluice/local.json`. */
export interface LocalDeployment {
  readonly apiUrl: string;
  readonly endpointUrl: string;
  readonly region: string;
  readonly tables: { readonly log: string; readonly state: string; readonly outbox: string };
  readonly bucket: string;
}

/** A queue's output, whatever the path of its construct adds to the name. @throws {Error} if it is not there. */
export function outputOf(outputs: Outputs, name: string): string {
  const found = Object.entries(outputs).find(([key]) => new RegExp(`^Queue${name}[0-9A-F]{8}$`).test(key));
  const value = found?.[1] ?? outputs[name];
  if (value === undefined)
    throw new Error(`the stack has no output ${name}: it has ${Object.keys(outputs).join(", ")}`);
  return value;
}

/** The deployment behind a stack's outputs. */
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

export async function writeLocalFile(deployment: LocalDeployment): Promise<string> {
  await mkdir(WORK, { recursive: true });
  const file = join(WORK, "local.json");
  await writeFile(file, `${JSON.stringify(deployment, undefined, 2)}\n`);
  return file;
}
