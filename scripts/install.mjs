import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const text = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The pinned pnpm through npx, so that nothing but Node and npm has to be on the machine. */
export const pnpm = `npx --yes ${JSON.parse(text("package.json")).packageManager}`;
const stamps = "node_modules/.hyperfunc-installed";

/** Installs the workspace, or only what one app (`apps/demo`) needs, unless it is there already. */
export function ensureInstalled(app) {
  const lockfile = text("pnpm-lock.yaml");
  // pnpm keeps the lockfile of what it installed; after a full install it is the committed one.
  if (lockfile === text("node_modules/.pnpm/lock.yaml")) return;
  const stamp = `${app} ${createHash("sha256").update(lockfile).digest("hex")}`;
  if (app && existsSync(`${app}/node_modules`) && text(stamps).includes(stamp)) return;

  // A stale full install is renewed as a whole: an app's share alone would leave the rest stale.
  const onlyApp = app && !existsSync("node_modules/typescript");
  console.error(onlyApp ? `Installing what ${app} needs (once) ...` : "Installing dependencies ...");
  const filter = onlyApp ? `--prod --filter "{./${app}}..."` : "";
  const { status } = spawnSync(`${pnpm} install --frozen-lockfile ${filter}`, {
    shell: true,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, CI: "true" },
  });
  if (status !== 0) process.exit(status ?? 1);
  if (onlyApp) appendFileSync(stamps, `${stamp}\n`);
}
