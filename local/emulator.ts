/** An AWS endpoint of one's own, and how to end it. */
export interface Emulator {
  readonly endpointUrl: string;
  stop(): Promise<void>;
}

export const REGION = "us-east-1";

/** What the SDK and the CDK need to talk to an endpoint, and to no account. */
export const emulatorEnv = (endpointUrl: string): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: endpointUrl,
  AWS_ENDPOINT_URL_S3: endpointUrl,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_EC2_METADATA_DISABLED: "true",
  // Which Node the SDK will want next year is nothing that a reader of our output can act on.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});

/** What a server process may see of this one's environment: enough to run, nothing that is somebody's own. */
export const bareEnv = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  LANG: process.env.LANG ?? "C.UTF-8",
});
