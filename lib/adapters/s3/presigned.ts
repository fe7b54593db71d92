import type { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

/** A request as the SDK makes it, before it is signed. */
interface Unsigned {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
}

interface Presigner {
  presign(request: Unsigned, options: object): Promise<Unsigned>;
}

/** Where a command goes, and what it says, as the client's own steps make it. */
interface Made {
  readonly request: Unsigned;
}

/** What the SDK adds for its own requests, and nobody else would send. */
const OWN_HEADERS = /^(amz-sdk-|x-amz-user-agent$|user-agent$|expect$)/;
/** These are sent, and so signed as headers. All others of S3 go into the URL. */
const SENT_HEADERS = new Set([
  "content-length",
  "content-type",
  "if-none-match",
  "x-amz-checksum-sha256",
  "x-amz-tagging",
]);

/**
 * A command's URL, signed by the SDK with the client's credentials, for whoever sends it within so many seconds with
 * these headers. It ends sooner if the credentials do.
 */
export async function presigned(
  client: S3Client,
  command: PutObjectCommand | GetObjectCommand,
  seconds: number,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> {
  const request = await made(client, command);
  const sent = Object.entries(request.headers).filter(([name]) => SENT_HEADERS.has(name.toLowerCase()));
  const others = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.test(name.toLowerCase()));
  const { hostname, port } = request;
  request.headers = {
    ...Object.fromEntries(others),
    host: port === undefined ? hostname : `${hostname}:${port}`,
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
  };
  const signer = (await client.config.signer()) as unknown as Presigner;
  const signed = await signer.presign(request, {
    expiresIn: seconds,
    unhoistableHeaders: SENT_HEADERS,
    signingService: "s3",
    signingRegion: await client.config.region(),
  });
  return { url: urlOf(signed), headers: Object.fromEntries(sent) };
}

const whenRequired = (): Promise<"WHEN_REQUIRED"> => Promise.resolve("WHEN_REQUIRED");

/** Otherwise the SDK would have the checksum of an empty body signed, since it does not know the one that is sent. */
const ONLY_AS_ASKED = { requestChecksumCalculation: whenRequired, responseChecksumValidation: whenRequired };

/** Runs the client's steps up to the one that signs, and sends nothing. */
async function made(client: S3Client, command: PutObjectCommand | GetObjectCommand): Promise<Unsigned> {
  const stack = client.middlewareStack.clone();
  stack.addRelativeTo(
    () => (args: { readonly request: unknown }) =>
      Promise.resolve({ response: {}, output: { $metadata: {}, request: args.request } as never }),
    { name: "presign", relation: "before", toMiddleware: "httpSigningMiddleware", override: true },
  );
  const config = { ...client.config, ...ONLY_AS_ASKED };
  const handler = command.resolveMiddleware(stack, config, {});
  const { output } = await handler({ input: command.input });
  return (output as unknown as Made).request;
}

function urlOf({ protocol, hostname, port, path, query }: Unsigned): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}?${pairs.join("&")}`;
}
