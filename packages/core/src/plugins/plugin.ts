/** The plugin host: a few verbs, and nothing else of a system is reachable. */
import { invalidArgument } from "../errors/hyperfunc-error.js";
import type { Middleware } from "../hyperfunction/call.js";
import type { Optimizer } from "../optimize/optimizer.js";
import type { Observer } from "./observer.js";

export interface PluginHost {
  /** Sees calls and runs, without changing them. */
  observe(observer: Observer): void;
  /** Puts a layer around every hyperfunction call. */
  use(middleware: Middleware): void;
  /** The optimizer of systems that name none. */
  provideOptimizer(optimizer: Optimizer): void;
}

export interface Plugin {
  readonly name: string;
  /** Called once per system; may return what undoes it. */
  setup(host: PluginHost): void | (() => void);
}

/** What the plugins of one system have installed. */
export class InstalledPlugins {
  readonly observers: Observer[] = [];
  readonly middleware: Middleware[] = [];
  readonly optimizers: Optimizer[] = [];
  readonly #disposers: (() => void)[] = [];

  constructor(plugins: readonly Plugin[]) {
    const names = plugins.map((plugin) => plugin.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw invalidArgument(`Plugin "${twice}" is given twice; list it once.`);
    try {
      for (const plugin of plugins) this.#install(plugin);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #install(plugin: Plugin): void {
    const dispose = plugin.setup({
      observe: (observer) => void this.observers.push(observer),
      use: (middleware) => void this.middleware.push(middleware),
      provideOptimizer: (optimizer) => void this.optimizers.push(optimizer),
    });
    if (dispose !== undefined) this.#disposers.unshift(dispose);
  }

  /** Undoes the plugins, last first. */
  dispose(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.observers.length = this.middleware.length = this.optimizers.length = 0;
  }
}
