/** What a gate says of one score. */
export interface ScoreVerdict {
  readonly name: string;
  readonly passed: boolean;
  readonly mean: number | undefined;
  readonly baseline: number | undefined;
  /** Of the change against the baseline, where there is one. */
  readonly difference: number | undefined;
  readonly interval: { readonly low: number; readonly high: number } | undefined;
  readonly n: number;
  readonly errors: number;
  /** Why it passed or did not, in words. */
  readonly reason: string;
}

const HEADER = ["score", "baseline", "now", "change", "interval", "n", "errors", "verdict"] as const;

/** Verdicts as a table of plain text, one line each. */
export function verdictTable(verdicts: readonly ScoreVerdict[]): string {
  const rows = verdicts.map(({ name, baseline, mean, difference, interval, n, errors, passed, reason }) => [
    name.replace(/\s+/g, " "),
    figure(baseline),
    figure(mean),
    signed(difference),
    interval === undefined ? "" : `${signed(interval.low)} … ${signed(interval.high)}`,
    String(n),
    String(errors),
    `${passed ? "pass" : "FAIL"}: ${reason}`,
  ]);
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(HEADER), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function figure(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(3);
}

function signed(value: number | undefined): string {
  return value === undefined ? "" : `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}
