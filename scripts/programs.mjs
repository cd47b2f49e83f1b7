import { spawn } from "node:child_process";

const tsx = import.meta.resolve("tsx");

/** Runs a TypeScript program from source: { failure?, stdout, stderr }. A program that never ends is a failure. */
export function runProgram(file, { cwd, timeoutMs, environment = {} }) {
  return new Promise((settle) => {
    const args = ["--conditions=@hyperfunc/source", "--import", tsx, file];
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const failure =
        code === 0
          ? undefined
          : signal
            ? `ended by ${signal} (limit ${timeoutMs / 1000} s)`
            : `exit code ${code}`;
      settle({ failure, stdout, stderr });
    });
  });
}

/** Two at a time: the programs may be heavy, and small machines have two cores. */
export async function eachOfTwo(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}
