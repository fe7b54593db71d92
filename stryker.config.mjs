import jestConfig from "./jest.config.mjs";

/** Stryker drives one jest project, not several: the unit tests', narrowed to those of the domain. */
const unit = jestConfig.projects.find(({ displayName }) => displayName === "unit");

/** Mutation testing of the domain (docs/mutation.md). */
export default {
  mutate: ["lib/domain/**/*.ts"],
  testRunner: "jest",
  // The domain's own tests alone: a rule that only an operation's test would miss is not yet stated where it is made.
  jest: { config: { ...unit, testMatch: ["<rootDir>/test/domain/**/*.test.ts"], projects: [] } },
  coverageAnalysis: "perTest",
  concurrency: 2,
  // A busy machine is no endless loop: a timeout would count as a mutant that was found.
  timeoutMS: 30_000,
  // What a sandbox needs: less to copy, and nothing of the emulators and bundles.
  ignorePatterns: ["*", "!lib", "!lib/**", "!test", "!test/**", "!*.json", "!jest.config.mjs"],
  tempDirName: ".sluice/mutation-sandbox",
  cleanTempDir: "always",
  reporters: ["clear-text", "html", "json"],
  htmlReporter: { fileName: ".sluice/mutation/report.html" },
  jsonReporter: { fileName: ".sluice/mutation/report.json" },
  clearTextReporter: { reportTests: false },
  thresholds: { high: 95, low: 90, break: 85 },
};
