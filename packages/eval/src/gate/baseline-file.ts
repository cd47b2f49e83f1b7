import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { HyperfuncError, invalidArgument } from "@hyperfunc/core";
import type { EvaluationReport } from "../evaluate/evaluation-report.js";

/** Reports by the name of the score. */
export type Reports = Readonly<Record<string, EvaluationReport>>;

const FORMAT = "hyperfunc-eval-baseline";
const VERSION = 1;

/** Writes reports for later gates, whole or not at all. */
export async function saveBaseline(path: string, reports: Reports): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.tmp`;
  await writeFile(draft, `${JSON.stringify({ format: FORMAT, version: VERSION, reports }, null, 1)}\n`);
  await rename(draft, path);
}

/** @throws INVALID_STATE where there is no such file; INVALID_ARGUMENT for one that is no baseline. */
export async function loadBaseline(path: string): Promise<Reports> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new HyperfuncError("INVALID_STATE", `There is no baseline ${path}; write one with saveBaseline.`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidArgument(`${path} is no JSON, so no baseline.`);
  }
  const { format, version, reports } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || version !== VERSION || typeof reports !== "object" || reports === null) {
    throw invalidArgument(`${path} is no baseline of version ${VERSION}; write one with saveBaseline.`);
  }
  for (const [name, report] of Object.entries(reports as Record<string, Partial<EvaluationReport> | null>)) {
    if (Array.isArray(report?.rows) && typeof report.n === "number") continue;
    throw invalidArgument(`${path} has no report under "${name}"; write it with saveBaseline.`);
  }
  return reports as Reports;
}
