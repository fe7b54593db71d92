import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceClient } from "../lib/client/index.js";
import type { SigningCredentials } from "../lib/client/index.js";
import { CommandFailed, type Context, UsageError } from "./context.js";

export interface ConnectOptions {
  readonly apiUrl?: string | undefined;
  readonly auth?: "iam" | "none" | undefined;
  readonly region?: string | undefined;
}

const LOCAL_FILE = join(".sluice", "local.json");

/** Connects to the API given by option, by environment variable, or by the local deployment of this directory. */
export async function connect(context: Context, options: ConnectOptions): Promise<SluiceClient> {
  const apiUrl = options.apiUrl ?? (context.env["SLUICE_API_URL"] || (await localApiUrl(context)));
  if (apiUrl === undefined) {
    throw new UsageError(
      `no API is given: use --api-url, set SLUICE_API_URL, or run in the directory that has ${LOCAL_FILE}`,
    );
  }
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new UsageError(`"${apiUrl}" is not the URL of an API, such as https://….amazonaws.com`);
  }
  const auth = options.auth ?? (url.protocol === "https:" ? "iam" : "none");
  // No option: arguments can be seen by everybody on the machine.
  const apiKey = context.env["SLUICE_API_KEY"];
  const key = apiKey ? { apiKey } : {};
  if (auth === "none") return new SluiceClient({ apiUrl, auth, ...key });
  return new SluiceClient({ apiUrl, auth: await signing(context, url, options.region), ...key });
}

async function localApiUrl({ directory }: Context): Promise<string | undefined> {
  const text = await readFile(join(directory, LOCAL_FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { apiUrl: string }).apiUrl;
  } catch {
    throw new CommandFailed(
      `${LOCAL_FILE} is not valid JSON: delete it, or start the local deployment again`,
    );
  }
}

/** Finds credentials as the SDK does: environment, profile, single sign-on, role. The SDK is loaded only if needed. */
async function signing({ env }: Context, { hostname }: URL, region: string | undefined) {
  const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
  const inHost = /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(hostname)?.[1];
  const signingRegion = region ?? inHost ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (!signingRegion) throw new UsageError("the region is missing: give --region, or set AWS_REGION");
  const { credentials } = new DynamoDBClient({ region: signingRegion }).config;
  return async (): Promise<SigningCredentials> => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials().catch((error: unknown) => {
      throw new CommandFailed(
        `no AWS credentials were found (to send requests unsigned: --auth none): ${String(error)}`,
      );
    });
    return { region: signingRegion, accessKeyId, secretAccessKey, sessionToken };
  };
}
