/** Packages that ship ES modules only, which jest's own loader cannot require: transformed like our own code. */
const ES_MODULES_ONLY = [
  "@middy",
  "@sec-ant/readable-stream",
  "@seriousme/openapi-schema-validator",
  "@sindresorhus/merge-streams",
  "aws4fetch",
  "execa",
  "figures",
  "get-port",
  "get-stream",
  "human-signals",
  "is-plain-obj",
  "is-stream",
  "is-unicode-supported",
  "npm-run-path",
  "parse-ms",
  "path-key",
  "pretty-ms",
  "strip-final-newline",
  "unicorn-magic",
  "yoctocolors",
].join("|");

const common = {
  testEnvironment: "node",
  setupFiles: ["<rootDir>/test/seeded-properties.ts"],
  transform: {
    "^.+\\.(t|j|mj)s$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES_ONLY})/)`],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // It exports nothing to `require`, which is how jest asks.
    "^unicorn-magic$": "<rootDir>/node_modules/unicorn-magic/node.js",
  },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/cdk.out", "<rootDir>/.sluice"],
};

const tier = (name, testMatch, more = {}) => ({ ...common, displayName: name, testMatch, ...more });

/** One project a kind of test; `npm test` runs them in order, with the emulators that each needs. */
export default {
  cacheDirectory: "<rootDir>/.sluice/jest-cache",
  // Tests over a network wait more than they compute: all of their files go side by side.
  ...(process.env.SLUICE_E2E_ENDPOINT ? { maxWorkers: 12 } : {}),
  // A busy machine is no failure: what hangs is seen a little later.
  testTimeout: 60_000,
  projects: [
    tier("unit", ["<rootDir>/test/**/*.test.ts"], {
      testPathIgnorePatterns: [
        "/node_modules/",
        "<rootDir>/test/(contract|cdk|docs|e2e)/",
        "\\.process\\.test\\.ts$",
      ],
    }),
    // What takes processes and sockets of its own, and its time.
    tier("processes", ["<rootDir>/test/**/*.process.test.ts"]),
    tier("contract", ["<rootDir>/test/contract/**/*.test.ts"]),
    tier("cdk", ["<rootDir>/test/cdk/*.test.ts"]),
    tier("docs", ["<rootDir>/test/docs/**/*.test.ts"]),
    // Apps that are made from the package, once `npm run build` has made it.
    tier("package", ["<rootDir>/test/cdk/package/*.test.ts"]),
    tier("e2e", ["<rootDir>/test/e2e/**/*.test.ts"], {
      globalSetup: "<rootDir>/test/e2e/a-run.ts",
      globalTeardown: "<rootDir>/test/e2e/after-run.ts",
    }),
    // What those had the functions do: after them, with the same endpoint and the same SLUICE_E2E_RUN.
    tier("recorded", ["<rootDir>/test/e2e/**/*.recorded.ts"]),
  ],
};
