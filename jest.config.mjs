const common = {
  testEnvironment: "node",
  transform: {
    "^.+\\.(t|j|mj)s$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } }],
  },
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/cdk.out", "<rootDir>/.sluice"],
};

const tier = (name, testMatch, more = {}) => ({ ...common, displayName: name, testMatch, ...more });

/** One project a tier; `npm test` runs them in order, with the emulators that each needs. */
export default {
  projects: [
    tier("unit", ["<rootDir>/test/**/*.test.ts"], {
      testPathIgnorePatterns: ["/test/contract/", "/test/cdk/", "/test/e2e/"],
    }),
    tier("contract", ["<rootDir>/test/contract/**/*.test.ts"]),
    tier("cdk", ["<rootDir>/test/cdk/**/*.test.ts"]),
    tier("e2e", ["<rootDir>/test/e2e/**/*.test.ts"]),
  ],
};
