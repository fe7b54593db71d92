/** Where a test finds its store. @throws saying how to run it, where nobody started one. */
export function endpointIn(names: readonly string[], store: string): string {
  const endpoint = names.map((name) => process.env[name]).find(Boolean);
  if (!endpoint) {
    throw new Error(`${names[0]} names no ${store}: run "npm test -- contract", which starts one`);
  }
  return endpoint;
}

export const TEST_REGION = "us-east-1";
export const TEST_CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
