/** A running AWS emulator. */
export interface Emulator {
  readonly endpointUrl: string;
  stop(): Promise<void>;
}

export const REGION = "us-east-1";

/** Settings for the SDK and the CDK to use an endpoint and no AWS account. */
export const emulatorEnv = (endpointUrl: string): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: endpointUrl,
  AWS_ENDPOINT_URL_S3: endpointUrl,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_EC2_METADATA_DISABLED: "true",
  // Users cannot act on the SDK's warning about future Node versions.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});

/** The environment of a server process: enough to run, and nothing personal. */
export const bareEnv = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  LANG: process.env.LANG ?? "C.UTF-8",
});
