export const ENDPOINT_KINDS = ["http", "rest"] as const;
/**
 * The kind of API Gateway. An HTTP API is cheaper and faster; a REST API works where HTTP APIs are not available, and
 * for principals of other accounts.
 */
export type EndpointKind = (typeof ENDPOINT_KINDS)[number];
export const AUTHS = ["iam", "jwt", "lambda", "none"] as const;
/**
 * Who may call: IAM principals that a policy allows, with signed requests; whoever has a token of an issuer; whom a
 * function of yours allows; or anybody.
 */
export type EndpointAuth = (typeof AUTHS)[number];

/** What a request's path begins with in policies. */
export const STAGES: Readonly<Record<EndpointKind, string>> = { http: "$default", rest: "prod" };
