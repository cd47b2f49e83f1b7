/** The same forward pass in PyTorch, where Python and torch are installed. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface PytorchTimes {
  readonly version: string;
  readonly loop: { readonly best: number; readonly median: number };
  /** `functorch.vmap`, or `torch.func.vmap` in newer versions, over dense weights. */
  readonly vmap: { readonly best: number; readonly median: number };
  /** EGGROLL's low-rank form written by hand. */
  readonly lowRank: { readonly best: number; readonly median: number };
}

const PROCESSES = 4;
const SCRIPT = fileURLToPath(new URL("../torch/mlp.py", import.meta.url));

/** Undefined where no Python with torch is found. */
export function pytorch(width: number, ms: number): PytorchTimes | undefined {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
    } catch {
      continue;
    }
    // Its speed differs by more than twice from process to process; the fastest of some counts.
    const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
    const runs = Array.from(
      { length: PROCESSES },
      () =>
        JSON.parse(
          execFileSync(python, [SCRIPT, `${width}`, `${ms / PROCESSES}`], { encoding: "utf8", env }),
        ) as PytorchTimes,
    );
    return runs.reduce((best, run) => ({
      version: run.version,
      loop: faster(best.loop, run.loop),
      vmap: faster(best.vmap, run.vmap),
      lowRank: faster(best.lowRank, run.lowRank),
    }));
  }
  return undefined;
}

function faster<T extends { readonly median: number }>(one: T, other: T): T {
  return one.median <= other.median ? one : other;
}
