// The command line: what it means, and one clear sentence for each mistake.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withDefaults } from '../../../../src/simulator/default-options.ts';
import { FlagError, parseFlags } from '../../../../src/simulator/flags.ts';
import { makeCertificate } from '../../../../src/simulator/wire/certificate.ts';
import { useTemporaryDirectory } from '../../../support/temp-directory.ts';

const directory = useTemporaryDirectory();

/** Any file that exists. */
const DEFAULT = new URL(import.meta.url);

describe('parseFlags', () => {
  it('has defaults for everything', () => {
    const options = withDefaults(parseFlags([], DEFAULT) ?? {});
    expect(options).toMatchObject({
      listenHost: '127.0.0.1',
      listenPort: 0,
      adminHost: '127.0.0.1',
      adminPort: 0,
      speed: 1,
      clock: 'real',
      duplicateName: 'start',
      sessionTimeoutSeconds: 1800,
      seed: 1,
    });
    expect(options.inventory).toContain('Any file that exists');
  });

  it('takes every flag', () => {
    const args =
      '--listen [::1]:8989 --admin-listen 127.0.0.1:9 --username u --password p --speed 2.5 --clock manual --duplicate-name end --session-timeout-seconds 0 --seed 7 --max-sessions 5 --state lab.state --log-level silent --vms 10 --hosts 2';
    expect(parseFlags(args.split(' '), DEFAULT)).toMatchObject({
      listenHost: '::1',
      listenPort: 8989,
      adminPort: 9,
      username: 'u',
      password: 'p',
      speed: 2.5,
      clock: 'manual',
      duplicateName: 'end',
      sessionTimeoutSeconds: 0,
      seed: 7,
      maxSessions: 5,
      stateFile: 'lab.state',
      inventory: 'generate: { vms: 10, hosts: 2 }\n',
    });
    expect(parseFlags(['--help'], DEFAULT)).toBeUndefined();
  });

  it('serves with a certificate that is given, and refuses a key of another one', async () => {
    const [own, other] = [await makeCertificate('localhost'), await makeCertificate('localhost')];
    const write = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    const crt = write('tls.crt', own.certificatePem);
    const key = write('tls.key', own.keyPem);
    expect(parseFlags(['--tls-certificate', crt, '--tls-key', key], DEFAULT)?.certificate).toEqual(own);
    const wrong = write('other.key', other.keyPem);
    expect(() => parseFlags(['--tls-certificate', crt, '--tls-key', wrong], DEFAULT)).toThrow(
      /^--tls-certificate .*tls\.crt with --tls-key .*other\.key can't be used: the key isn't the certificate's\.$/,
    );
  });

  it.each([
    [['--tls-key', 'tls.key'], '--tls-certificate and --tls-key go together.'],
    [['--tls-key', '/no', '--tls-certificate', '/no'], "with --tls-key /no can't be used: there is no such file."],
    [['--state', '/nowhere/lab.state'], "--state /nowhere/lab.state can't be written: there is no such folder."],
    [['--colour'], "Unknown option '--colour' (see --help)."],
    [['stray'], "Unexpected argument 'stray'"],
    [['--speed'], "Option '--speed <value>' argument missing"],
    [['--speed', '0'], '--speed must be a number above 0, not "0".'],
    [['--listen', 'localhost'], '--listen must be HOST:PORT, not "localhost".'],
    [['--listen', 'localhost:99999'], '--listen must be HOST:PORT'],
    [['--clock', 'fast'], '--clock must be one of real, manual, not "fast".'],
    [['--duplicate-name', 'never'], '--duplicate-name must be one of start, end'],
    [['--seed=-1'], '--seed must be a whole number from 0 on, not "-1".'],
    [['--seed', '-1'], '--seed must be a whole number from 0 on, not "-1".'],
    [['--seed', ''], '--seed must be'],
    [['--log-level', 'loud'], '--log-level must be one of'],
    [['--session-timeout-seconds', 'x'], '--session-timeout-seconds must be'],
    [['--username', ''], 'must not be empty'],
    [['--vms', 'many'], '--vms must be a whole number'],
    [['--vms', '5', '--inventory', 'x'], 'use one or the other'],
    [['--inventory', '/does/not/exist.yaml'], 'there is no such file'],
  ])('refuses %j', (args, sentence) => {
    expect(() => parseFlags(args, DEFAULT)).toThrow(FlagError);
    expect(() => parseFlags(args, DEFAULT)).toThrow(sentence);
  });
});
