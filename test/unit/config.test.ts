// Flags and environment: what each kind of value may be, which source wins, that a bad one is answered with one sentence
// that names it, and that --help names every flag.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FlagDef } from '../../src/config-flags.ts';
import { FLAGS } from '../../src/config-flags.ts';
import type { Config } from '../../src/config.ts';
import { ConfigError, helpText, readConfig } from '../../src/config.ts';

const ALL = Object.entries<FlagDef>(FLAGS);
const DURATIONS = ALL.filter(([, def]) => def.kind === 'seconds').map(([flag]) => flag);

function parse(args: readonly string[], environment: Record<string, string> = {}): Config {
  const config = readConfig(args, environment);
  if (config === 'help') throw new Error('help was not asked for');
  return config;
}

function messageOf(args: readonly string[], environment: Record<string, string> = {}): string {
  try {
    readConfig(args, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error(`${args.join(' ')} was accepted`);
}

describe('readConfig', () => {
  it('has a default for every flag, each within its own bounds', () => {
    const config = parse([]);
    expect(Object.keys(config).toSorted()).toEqual(ALL.map(([flag]) => flag).toSorted());
    expect(config['leader-elect']).toBe(true);
    expect(config['lease-duration']).toBe(15_000);
    expect(config['allow-loopback-vcenter'] || config['allow-insecure-tls']).toBe(false);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each(DURATIONS)('takes --%s in seconds, with a fraction, and holds milliseconds', (flag) => {
    const lease = ['--lease-duration=1000', '--lease-renew-deadline=900', '--lease-retry=0.05'];
    const longest = ['--retry-max=1000', '--vcenter-retry-max=1000', '--poll-retry-max=1000'];
    const seconds = flag === 'lease-retry' ? 1.25 : 950.25; // the relations between the lease's times hold
    expect(parse([...lease, ...longest, `--${flag}=${seconds}`])[flag as 'retry-max']).toBe(seconds * 1000);
  });

  it.each<[string, string[], (config: Config) => unknown, unknown]>([
    ['a switch alone', ['--allow-insecure-tls'], (c) => c['allow-insecure-tls'], true],
    ['a switch turned off', ['--leader-elect=false'], (c) => c['leader-elect'], false],
    [
      'a list, without blanks, empty parts and repetitions',
      ['--watch-namespaces', ' a,, b ,a'],
      (c) => c['watch-namespaces'],
      ['a', 'b'],
    ],
    ['an empty list', ['--watch-namespaces='], (c) => c['watch-namespaces'], []],
    ['a whole number', ['--workers', '4'], (c) => c.workers, 4],
    ['the last of several', ['--workers=4', '--workers=5'], (c) => c.workers, 5],
    ['an address of all interfaces', ['--metrics-listen=0.0.0.0:8080'], (c) => c['metrics-listen'], '0.0.0.0:8080'],
    ['an IPv6 address', ['--metrics-listen=[::1]:0'], (c) => c['metrics-listen'], '[::1]:0'],
  ])('takes %s', (_, args, read, expected) => {
    expect(read(parse(args))).toEqual(expected);
  });

  it('lets claims settle faster only where a loopback vCenter is accepted, as in tests', () => {
    expect(parse(['--claim-settle=0.6', '--allow-loopback-vcenter'])['claim-settle']).toBe(600);
    expect(parse(['--claim-settle=1.5'])['claim-settle']).toBe(1_500);
    const least = 'must be at least 1.5 (0.6 with --allow-loopback-vcenter), not';
    expect(messageOf(['--claim-settle=1.49'])).toBe(`--claim-settle ${least} 1.49`);
    expect(messageOf([], { LCO_CLAIM_SETTLE: '0.6' })).toBe(`--claim-settle ${least} 0.6`);
    expect(messageOf(['--claim-settle=0.5', '--allow-loopback-vcenter'])).toBe(`--claim-settle ${least} 0.5`);
  });

  it('takes the environment where there is no flag, and the flag where there is one', () => {
    const environment = {
      LCO_LEASE_DURATION: '20',
      LCO_WATCH_NAMESPACES: 'a,b',
      LCO_ALLOW_INSECURE_TLS: 'true',
      PATH: '/bin',
    };
    const config = parse(['--lease-duration=30'], environment);
    expect([config['lease-duration'], config['watch-namespaces'], config['allow-insecure-tls']]).toEqual([
      30_000,
      ['a', 'b'],
      true,
    ]);
  });

  it.each([['--help'], ['-h']])('answers %s with "help"', (flag) => {
    expect(readConfig([flag], {})).toBe('help');
  });
});

describe('a bad flag', () => {
  it.each<[readonly string[], Record<string, string>, string]>([
    [['--nope'], {}, `Unknown option '--nope'; see --help`],
    [['--workers'], {}, `Option '--workers <value>' argument missing; see --help`],
    [['extra'], {}, `Unexpected argument 'extra'; see --help`],
    [['--help=yes'], {}, `Option '-h, --help' does not take an argument; see --help`],
    [['--workers=x'], {}, '--workers must be a whole number, not "x"'],
    [['--workers='], {}, '--workers must be a whole number, not ""'],
    [['--workers=1.5'], {}, '--workers must be a whole number, not "1.5"'],
    [['--workers=0'], {}, '--workers must be at least 1, not 0'],
    [['--workers', '-1'], {}, '--workers must be at least 1, not -1'],
    [['--workers=257'], {}, '--workers must be at most 256, not 257'],
    [['--retry-max=soon'], {}, '--retry-max must be a number of seconds, not "soon"'],
    [['--retry-max=1e999'], {}, '--retry-max must be a number of seconds, not "1e999"'],
    [['--retry-max=0'], {}, '--retry-max must be at least 0.01, not 0'],
    [['--leader-elect=maybe'], {}, '--leader-elect must be true or false, not "maybe"'],
    [['--leader-elect', 'false'], {}, `Unexpected argument 'false'; see --help`],
    [['--log-level=loud'], {}, '--log-level must be one of trace, debug, info, warn, error, silent, not "loud"'],
    [['--metrics-listen=8080'], {}, '--metrics-listen must be host:port, as 127.0.0.1:8080, not "8080"'],
    [['--metrics-listen=:8080'], {}, '--metrics-listen must be host:port, as 127.0.0.1:8080, not ":8080"'],
    [['--metrics-listen=::1:8080'], {}, '--metrics-listen must be host:port, as 127.0.0.1:8080, not "::1:8080"'],
    [
      ['--metrics-listen=localhost:65536'],
      {},
      '--metrics-listen must be host:port, as 127.0.0.1:8080, not "localhost:65536"',
    ],
    [[], { LCO_WORKERS: 'many' }, 'LCO_WORKERS must be a whole number, not "many"'],
    [[], { LCO_WORKERS: '' }, 'LCO_WORKERS must be a whole number, not ""'],
    [[], { LCO_LOG_LEVEL: 'loud' }, 'LCO_LOG_LEVEL must be one of trace, debug, info, warn, error, silent, not "loud"'],
  ])('%j with %j is refused with its own sentence', (args, environment, expected) => {
    expect(messageOf(args, environment)).toBe(expected);
  });

  it('is answered with one line, whatever it is', () => {
    const flag = fc.constantFrom(...ALL.map(([name]) => `--${name}`), '--nope', '-x', 'word', '--', '-');
    const value = fc.constantFrom('', '-1', '-x', '--workers', 'a b', '-1.5', '[::1', 'null', '0', '\u0000');
    fc.assert(
      fc.property(fc.array(fc.oneof(flag, value), { maxLength: 4 }), (args) => {
        try {
          readConfig(args, {});
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as Error).message).toMatch(/^[^\n]+[^.\n]$/);
        }
      }),
    );
  });
});

describe('the times of the Lease', () => {
  it.each([
    [['--lease-renew-deadline=15'], '--lease-renew-deadline must be shorter than --lease-duration'],
    [['--lease-duration=5'], '--lease-renew-deadline must be shorter than --lease-duration'],
    [['--lease-retry=10'], '--lease-retry times 1.2 must be shorter than --lease-renew-deadline'],
    [['--lease-retry=8.34'], '--lease-retry times 1.2 must be shorter than --lease-renew-deadline'],
  ])('%j is refused', (args, expected) => {
    expect(messageOf(args)).toBe(expected);
  });

  it.each([[['--lease-retry=8.3']], [['--lease-duration=0.5', '--lease-renew-deadline=0.4', '--lease-retry=0.05']]])(
    '%j is accepted',
    (args) => {
      expect(parse(args)['leader-elect']).toBe(true);
    },
  );
});

describe('the pauses of what is tried again', () => {
  it.each(['retry', 'vcenter-retry', 'poll-retry'])(
    'begin with one that is not longer than the longest: --%s',
    (name) => {
      expect(messageOf([`--${name}-base=2`, `--${name}-max=1`])).toBe(
        `--${name}-base must not be longer than --${name}-max`,
      );
      expect(parse([`--${name}-base=1`, `--${name}-max=1`])['leader-elect']).toBe(true);
    },
  );
});

describe('helpText', () => {
  it.each(ALL)('names --%s with its default and its unit', (flag, def) => {
    const line = helpText()
      .split('\n')
      .find((each) => each.trimStart().startsWith(`--${flag} `));
    expect(line).toContain(def.help);
    expect(line).toContain(`default ${def.value === '' ? 'empty' : def.value}`);
    expect(line?.includes('(seconds)')).toBe(def.kind === 'seconds');
  });

  it('says how to use it and where the environment comes in', () => {
    expect(helpText()).toContain('usage: npm run -s operator -- [flags]');
    expect(helpText()).toContain('--lease-duration is LCO_LEASE_DURATION');
  });
});
