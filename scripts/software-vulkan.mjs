/**
 * Mesa's Vulkan driver for CPUs (lavapipe), unpacked into a folder: nothing is installed, the system stays as it is.
 *
 * Debian 12 ships 22.3, which WebGPU does not accept; its backports have one that it does. Where packages come from is
 * taken from the machine's own apt configuration.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const OLDEST_MESA = 25;
const WANTED = ["mesa-vulkan-drivers", "libvulkan1"];

/** The environment in which a program finds the driver, and the driver's version. Throws the reason when there is none. */
export function softwareVulkan(folder) {
  if (process.platform !== "linux") throw new Error(`it needs Linux with apt, this is ${process.platform}`);
  const release = readRelease();
  const apt = privateApt(folder, release);
  apt("apt-get", "update");
  const packages = missingPackages(apt, release);
  const mesa = packages.find(({ name }) => name === WANTED[0])?.version ?? "none";
  if (!(Number.parseInt(mesa, 10) >= OLDEST_MESA)) {
    throw new Error(`the newest Mesa on offer is ${mesa}, and it takes ${OLDEST_MESA}`);
  }
  const specifiers = packages.map(({ name, version }) => `${name}=${version}`);
  apt("apt-get", "download", ...specifiers);
  const root = join(folder, "root");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
    run("dpkg", ["-x", join(folder, file), root], folder);
  }
  return { env: environmentOf(folder, root), version: mesa };
}

function readRelease() {
  if (!existsSync("/etc/os-release")) throw new Error("the system does not say what it is");
  const text = readFileSync("/etc/os-release", "utf8");
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: field("ID"), codename: field("VERSION_CODENAME") };
}

/** Runs apt programs on lists and caches of their own. */
function privateApt(folder, { id, codename }) {
  const targets = run(
    "apt-get",
    ["indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"],
    folder,
  );
  const line = targets.split("\n").find((target) => target.startsWith(`${codename} main `));
  const uri = line?.split(" ")[2];
  if (uri === undefined) throw new Error(`apt has no source of "${codename}"`);
  const keyring = `/usr/share/keyrings/${id}-archive-keyring.gpg`;
  const options = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
  const sources = [codename, `${codename}-backports`].map((suite) => `deb ${options}${uri} ${suite} main\n`);
  writeFileSync(join(folder, "sources.list"), sources.join(""));
  for (const name of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const configuration = join(folder, "apt.conf");
  writeFileSync(
    configuration,
    [
      `Dir::Etc::sourcelist "${folder}/sources.list";`,
      'Dir::Etc::sourceparts "-";',
      `Dir::State::lists "${folder}/lists";`,
      `Dir::Cache "${folder}/cache";`,
      'Debug::NoLocking "true";',
      'Acquire::Languages "none";',
      'Acquire::Retries "1";',
      'Acquire::http::Timeout "20";',
      'Acquire::https::Timeout "20";',
      ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []), // the folder is closed to others
      "#clear APT::Update::Pre-Invoke;", // what the system does after its own updates
      "#clear APT::Update::Post-Invoke;",
      "#clear APT::Update::Post-Invoke-Success;",
      "",
    ].join("\n"),
  );
  return (program, ...args) => run(program, ["-c", configuration, ...args], folder);
}

/** What the driver needs and this machine does not have in that version: `Inst name [old] (version …`. */
function missingPackages(apt, { codename }) {
  const plan = apt(
    "apt-get",
    "install",
    "--simulate",
    "--reinstall",
    "--no-install-recommends",
    "--target-release",
    `${codename}-backports`,
    ...WANTED,
  );
  return [...plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)].map(([, name, version]) => ({
    name,
    version,
  }));
}

/** The driver's own description may name the place where it would be installed. */
function environmentOf(folder, root) {
  const drivers = join(root, "usr/share/vulkan/icd.d");
  const file = readdirSync(drivers).find((name) => name.startsWith("lvp_icd"));
  const description = JSON.parse(readFileSync(join(drivers, file), "utf8"));
  const library = basename(description.ICD.library_path);
  const base = join(root, "usr/lib");
  const folders = [base, ...readdirSync(base).map((name) => join(base, name))];
  const libraries = folders.find((name) => existsSync(join(name, library)));
  description.ICD.library_path = join(libraries, library);
  const icd = join(folder, "lavapipe.json");
  writeFileSync(icd, JSON.stringify(description));
  const path = [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { LD_LIBRARY_PATH: path, VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd };
}

function run(program, args, cwd) {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const [said = error.message] = String(error.stderr || error.message).match(/^[EW]: .*$/m) ?? [];
    throw new Error(`${program} ${args.find((arg) => /^[a-z]+$/.test(arg)) ?? ""}: ${said}`, {
      cause: error,
    });
  }
}
