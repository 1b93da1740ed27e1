// `serve`: runs the daemon in the foreground.
import { version } from "../../package.json";
import type { LoadResult } from "../config/load-config.ts";
import { EXIT } from "../core/exit-codes.ts";
import { createLogger } from "../core/logger.ts";
import { Redactor } from "../core/redaction.ts";
import { startDaemon } from "../daemon/start-daemon.ts";
import { banner, listeningLine } from "./banner.ts";
import type { CliContext } from "./cli-context.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { hasColor } from "./paint.ts";
import { type ConfigOptions, readConfig } from "./read-config.ts";

/** Resolves once the daemon listens, or with `EXIT.usage` when the configuration is wrong. */
export async function serve(context: CliContext, options: ConfigOptions): Promise<number> {
  const first = readConfig(context, options);
  if (!first.ok) {
    printDiagnostics(first, context, options);
    return EXIT.usage;
  }
  const { logging } = first.config;
  const redactor = new Redactor();
  const isPretty = logging.format === "auto" ? context.err.isTerminal : logging.format === "pretty";
  const logger = createLogger({
    level: logging.level,
    format: isPretty ? "pretty" : "json",
    color: hasColor(context.err, context, options),
    redactor,
  });
  const daemon = await startDaemon({
    load: beginningWith(first, () => readConfig(context, options)),
    logger,
    redactor,
    version,
    demo: options.demo === true,
    now: Date.now,
    random: Math.random,
  });
  const facts = {
    version,
    url: daemon.url,
    config: daemon.config,
    file: first.file,
    isDemo: options.demo === true,
    warnings: first.warnings,
  };
  context.out.write(options.quiet ? `${listeningLine(facts)}\n` : banner(facts));
  return EXIT.ok;
}

/** The daemon starts on what has just been read; only its reloads read again. */
function beginningWith(first: LoadResult, read: () => LoadResult): () => LoadResult {
  let next: LoadResult | undefined = first;
  return () => {
    const result = next ?? read();
    next = undefined;
    return result;
  };
}
