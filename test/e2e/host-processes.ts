import { execFileSync } from "node:child_process";

interface HostProcess {
  readonly pid: number;
  /** Its command line, and behind it its environment. */
  readonly text: string;
}

/** The processes of this machine that may be looked at; none where there is no `ps` that shows environments. */
function hostProcesses(): readonly HostProcess[] {
  try {
    const lines = execFileSync("ps", ["axeww", "-o", "pid=,command="], { maxBuffer: 64 * 1024 * 1024 });
    return lines
      .toString("utf8")
      .split("\n")
      .map((text) => ({ pid: Number.parseInt(text, 10), text: `${text} ` }));
  } catch {
    return [];
  }
}

/** Whether the emulator is a process of this machine, and so its functions: they could be in containers. */
export function runsOnHost(endpointUrl: string): boolean {
  const port = URL.canParse(endpointUrl) ? new URL(endpointUrl).port : "";
  const settings = [` GATEWAY_PORT=${port} `, ` GATEWAY_LISTEN=127.0.0.1:${port} `];
  return hostProcesses().some(({ text }) => settings.some((setting) => text.includes(setting)));
}

/** The processes that are execution environments of a function, by the variables that only those have. */
export function environmentsOf(endpointUrl: string, functionName: string): readonly number[] {
  const variables = [` AWS_ENDPOINT_URL=${endpointUrl} `, ` AWS_LAMBDA_FUNCTION_NAME=${functionName} `];
  return hostProcesses()
    .filter(({ text }) => variables.every((variable) => text.includes(variable)))
    .map(({ pid }) => pid);
}

/** A test that needs the functions as processes of this machine: shown as skipped where they run in containers. */
export const ifOnHost = runsOnHost(process.env.SLUICE_E2E_ENDPOINT ?? "") ? it : it.skip;
