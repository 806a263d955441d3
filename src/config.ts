// Flags and environment → one frozen Config. Bad input is a ConfigError with one sentence that names the flag.
// Durations are milliseconds in the Config, seconds for people.
import { parseArgs } from 'node:util';
import type { FlagDef, FlagKind, FlagName } from './config-flags.ts';
import { FLAGS } from './config-flags.ts';
import type { LogLevel } from './telemetry/logger.ts';
import { joinNegativeValues } from './util/join-negative-values.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Values = {
  readonly [K in FlagName]: (typeof FLAGS)[K]['kind'] extends 'seconds' | 'integer'
    ? number
    : (typeof FLAGS)[K]['kind'] extends 'boolean'
      ? boolean
      : (typeof FLAGS)[K]['kind'] extends 'list'
        ? readonly string[]
        : string;
};

/** The operator's settings by flag name; every `seconds` flag is in milliseconds here. */
export type Config = Values & { readonly 'log-level': LogLevel };

/** First and longest pause of what is tried again. */
const BACKOFFS = [
  ['retry-base', 'retry-max'],
  ['vcenter-retry-base', 'vcenter-retry-max'],
  ['poll-retry-base', 'poll-retry-max'],
] as const;

function environmentName(flag: string): string {
  return `LCO_${flag.replaceAll('-', '_').toUpperCase()}`;
}

function parseNumber(def: FlagDef, text: string, source: string): number {
  const value = Number(text);
  const bad = text.trim() === '' || !Number.isFinite(value) || (def.kind === 'integer' && !Number.isInteger(value));
  if (bad)
    throw new ConfigError(
      `${source} must be a ${def.kind === 'integer' ? 'whole number' : 'number of seconds'}, not ${JSON.stringify(text)}`,
    );
  const least = def.minOnLoopback ?? def.min;
  if (least !== undefined && value < least) throw tooSmall(source, def, text);
  if (def.max !== undefined && value > def.max)
    throw new ConfigError(`${source} must be at most ${def.max}, not ${text}`);
  return def.kind === 'seconds' ? value * 1000 : value;
}

function tooSmall(source: string, { min, minOnLoopback }: FlagDef, text: string | number): ConfigError {
  const unless = minOnLoopback === undefined ? '' : ` (${minOnLoopback} with --allow-loopback-vcenter)`;
  return new ConfigError(`${source} must be at least ${min}${unless}, not ${text}`);
}

function parseValue(def: FlagDef, text: string, source: string): string | number | boolean | readonly string[] {
  switch (def.kind) {
    case 'seconds':
    case 'integer':
      return parseNumber(def, text, source);
    case 'boolean':
      if (text !== 'true' && text !== 'false')
        throw new ConfigError(`${source} must be true or false, not ${JSON.stringify(text)}`);
      return text === 'true';
    case 'list':
      return Object.freeze([
        ...new Set(
          text
            .split(',')
            .map((item) => item.trim())
            .filter((item) => item !== ''),
        ),
      ]);
    case 'address':
      if (!isAddress(text))
        throw new ConfigError(`${source} must be host:port, as 127.0.0.1:8080, not ${JSON.stringify(text)}`);
      return text;
    case 'string':
      if (def.choices?.includes(text) === false)
        throw new ConfigError(`${source} must be one of ${def.choices.join(', ')}, not ${JSON.stringify(text)}`);
      return text;
  }
}

/** `host:port`, an IPv6 host in brackets. */
function isAddress(text: string): boolean {
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65_535;
}

/** The kind of a flag that stands alone, without a value; undefined for everything else. */
function kindOf(arg: string): FlagKind | undefined {
  const name = arg.slice(2);
  return arg.startsWith('--') && Object.hasOwn(FLAGS, name) ? FLAGS[name as FlagName].kind : undefined;
}

function readFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  // `--leader-elect` alone means true; parseArgs wants a value for a string option
  const normalized = joinNegativeValues(args).map((arg) => (kindOf(arg) === 'boolean' ? `${arg}=true` : arg));
  try {
    const { values } = parseArgs({
      args: normalized,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: false,
    });
    return values;
  } catch (error) {
    const [first = 'bad flags'] = (error as Error).message.split(/\.\s|\n/);
    throw new ConfigError(`${first.replace(/\.$/, '')}; see --help`, { cause: error });
  }
}

/** Reads flags and environment; 'help' when `--help` was asked for. Throws ConfigError. */
export function readConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Config | 'help' {
  const given = readFlags(args);
  if (given['help'] === true) return 'help';
  const config: Record<string, unknown> = {};
  for (const [flag, def] of Object.entries<FlagDef>(FLAGS)) {
    const fromFlag = given[flag];
    const fromEnvironment = environment[environmentName(flag)];
    if (typeof fromFlag === 'string') config[flag] = parseValue(def, fromFlag, `--${flag}`);
    else if (fromEnvironment !== undefined) config[flag] = parseValue(def, fromEnvironment, environmentName(flag));
    else config[flag] = parseValue(def, def.value, `--${flag}`);
  }
  const parsed = config as unknown as Config;
  if (!parsed['allow-loopback-vcenter'])
    for (const [flag, def] of Object.entries<FlagDef>(FLAGS)) {
      const value = (parsed[flag as FlagName] as number) / 1000;
      if (def.minOnLoopback !== undefined && value < (def.min ?? 0)) throw tooSmall(`--${flag}`, def, value);
    }
  if (parsed['lease-renew-deadline'] >= parsed['lease-duration'])
    throw new ConfigError('--lease-renew-deadline must be shorter than --lease-duration');
  if (parsed['lease-retry'] * 1.2 >= parsed['lease-renew-deadline'])
    throw new ConfigError('--lease-retry times 1.2 must be shorter than --lease-renew-deadline');
  for (const [base, max] of BACKOFFS)
    if (parsed[base] > parsed[max]) throw new ConfigError(`--${base} must not be longer than --${max}`);
  return Object.freeze(parsed);
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = Object.entries<FlagDef>(FLAGS).map(([flag, def]) => {
    const unit = def.kind === 'seconds' ? ' (seconds)' : '';
    return `  --${flag.padEnd(24)} ${def.help}${unit}; default ${def.value === '' ? 'empty' : def.value}`;
  });
  return [
    'The linked-clone operator: makes and keeps linked clones of vSphere VMs as Kubernetes objects.',
    '',
    'usage: npm run -s operator -- [flags]',
    '',
    'Prints one JSON line {"metricsUrl"} on stdout when it serves, logs JSON on stderr, stops on SIGINT and SIGTERM.',
    'Each flag is also an environment variable: --lease-duration is LCO_LEASE_DURATION.',
    '',
    ...rows,
    '',
  ].join('\n');
}
