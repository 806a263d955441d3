// The command line of `npm run simulator`: flags → options. What is wrong with a flag is told in one sentence.
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger, LOG_LEVELS } from '../telemetry/logger.ts';
import { joinNegativeValues } from '../util/join-negative-values.ts';
import { readCertificate } from './wire/certificate.ts';
import type { SimulatorOptions } from './core/simulator-options.ts';
import { MOST_HOSTS, MOST_VMS } from './inventory/seed.ts';

/** A flag can't be used; the message is one sentence. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

export const HELP = `Starts a simulated vCenter that models linked clones, and prints one line of JSON when it is ready:

  {"url": "https://127.0.0.1:PORT/sdk", "thumbprint": "SHA-256 of its certificate", "username": "…", "password": "…",
   "adminUrl": "http://127.0.0.1:PORT"}

It runs until Ctrl-C or SIGTERM. Its inventory comes from a YAML file; docs/simulator.md explains the file and the admin
endpoint.

Usage: npm run -s simulator -- [flags]

  --inventory FILE                 the inventory (default: the three labs of the demo)
  --vms N, --hosts N               instead of a file: N linked clones of one parent, all running (default 100), on N
                                   hosts (default 4): --vms 10000 --hosts 32
  --listen HOST:PORT               where vSphere clients connect (default 127.0.0.1:0; port 0 is any free one)
  --admin-listen HOST:PORT         where the admin endpoint is (default 127.0.0.1:0)
  --tls-certificate FILE, --tls-key FILE
                                   PEM files to serve with (default: a certificate of its own, made at the start)
  --username NAME                  who may log in (default administrator@vsphere.local)
  --password TEXT                  with which password (default simulator)
  --speed N                        simulated seconds per real second (default 1)
  --clock real|manual              manual: time stands still until POST /v1/clock moves it
  --duplicate-name start|end       when a clone notices that its name is taken: at once, or as its task ends
  --session-timeout-seconds N      idle sessions end after so long; 0: never (default 1800)
  --max-sessions N                 so many sessions at most (default: limits.sessions of the inventory, else 2000)
  --state FILE                     keeps the inventory over a restart; once it exists, it wins over the inventory's objects
  --seed N                         seeds uuids, MAC addresses and durations (default 1)
  --log-level LEVEL                ${LOG_LEVELS.join(', ')} (default warn); logs go to standard error
  --help                           this text
`;

/** Undefined when the help was asked for. Throws FlagError. */
export function parseFlags(args: readonly string[], defaultInventory: URL): Partial<SimulatorOptions> | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const [listenHost, listenPort] = address('listen', values.listen ?? '127.0.0.1:0');
  const [adminHost, adminPort] = address('admin-listen', values['admin-listen'] ?? '127.0.0.1:0');
  const given: Partial<SimulatorOptions> = {
    inventory: inventoryText(values, defaultInventory),
    listenHost,
    listenPort,
    adminHost,
    adminPort,
    logger: createLogger(oneOf('log-level', values['log-level'] ?? 'warn', LOG_LEVELS)),
    clock: oneOf('clock', values.clock ?? 'real', ['real', 'manual'] as const),
    ...certificate(values['tls-certificate'], values['tls-key']),
    ...(values.state === undefined ? {} : { stateFile: stateFile(values.state) }),
    duplicateName: oneOf('duplicate-name', values['duplicate-name'] ?? 'start', ['start', 'end'] as const),
  };
  return { ...given, ...texts(values), ...numbers(values) };
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: joinNegativeValues(args),
      strict: true,
      allowPositionals: false,
      options: {
        inventory: text,
        vms: text,
        hosts: text,
        listen: text,
        'admin-listen': text,
        'tls-certificate': text,
        'tls-key': text,
        username: text,
        password: text,
        speed: text,
        clock: text,
        'duplicate-name': text,
        'session-timeout-seconds': text,
        'max-sessions': text,
        seed: text,
        state: text,
        'log-level': text,
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof Error && (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true))
      throw error;
    throw new FlagError(`${(error.message.split(/\.\s/)[0] ?? error.message).replace(/\.$/, '')} (see --help).`);
  }
}

function texts(values: Values): Partial<SimulatorOptions> {
  const { username, password } = values;
  if (username === '' || password === '') throw new FlagError('--username and --password must not be empty.');
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function numbers(values: Values): Partial<SimulatorOptions> {
  const { speed, seed, 'session-timeout-seconds': timeout, 'max-sessions': maxSessions } = values;
  const isCount = (n: number): boolean => Number.isInteger(n) && n >= 1;
  return {
    ...(speed === undefined ? {} : { speed: number('speed', speed, (n) => n > 0, 'a number above 0') }),
    ...(seed === undefined
      ? {}
      : { seed: number('seed', seed, (n) => Number.isInteger(n) && n >= 0, 'a whole number from 0 on') }),
    ...(maxSessions === undefined
      ? {}
      : { maxSessions: number('max-sessions', maxSessions, isCount, 'a whole number from 1 on') }),
    ...(timeout === undefined
      ? {}
      : {
          sessionTimeoutSeconds: number(
            'session-timeout-seconds',
            timeout,
            (n) => n >= 0,
            'a number of seconds from 0 on',
          ),
        }),
  };
}

function inventoryText(values: Values, defaultInventory: URL): string {
  const { inventory, vms, hosts } = values;
  if (inventory !== undefined && (vms !== undefined || hosts !== undefined)) {
    throw new FlagError('--inventory names a file, --vms and --hosts generate an inventory: use one or the other.');
  }
  if (vms === undefined && hosts === undefined) return readInventory(inventory ?? defaultInventory);
  const count = (flag: string, text: string, most: number): number =>
    number(flag, text, (n) => Number.isInteger(n) && n >= 1 && n <= most, `a whole number from 1 to ${most}`);
  const size = { vms: count('vms', vms ?? '100', MOST_VMS), hosts: count('hosts', hosts ?? '4', MOST_HOSTS) };
  return `generate: { vms: ${size.vms}, hosts: ${size.hosts} }\n`;
}

function certificate(file: string | undefined, key: string | undefined): Partial<SimulatorOptions> {
  if (file === undefined && key === undefined) return {};
  if (file === undefined || key === undefined) throw new FlagError('--tls-certificate and --tls-key go together.');
  try {
    return { certificate: readCertificate(readFileSync(file, 'utf8'), readFileSync(key, 'utf8')) };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new FlagError(
      `--tls-certificate ${file} with --tls-key ${key} can't be used: ${UNREADABLE[code] ?? message}.`,
    );
  }
}

/** Its folder has to be there: the file itself comes with the first change. */
function stateFile(path: string): string {
  if (path === '' || !existsSync(dirname(path)))
    throw new FlagError(`--state ${path} can't be written: there is no such folder.`);
  return path;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: "this user isn't allowed to",
};

function readInventory(file: string | URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new FlagError(`--inventory ${String(file)} can't be read: ${UNREADABLE[code] ?? message}.`);
  }
}

function address(flag: string, text: string): readonly [string, number] {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new FlagError(`--${flag} must be HOST:PORT, not "${text}".`);
  return [match[1] ?? match[2] ?? '', port];
}

function number(flag: string, text: string, isValid: (n: number) => boolean, what: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || !isValid(value)) throw new FlagError(`--${flag} must be ${what}, not "${text}".`);
  return value;
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new FlagError(`--${flag} must be one of ${allowed.join(', ')}, not "${text}".`);
  return found;
}
