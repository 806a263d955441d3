// Log lines: JSON, one a line, with the bindings; secrets and what an HTTP client hangs on its errors are never in them.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LogLevel } from '../../../src/telemetry/logger.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lco-logger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What `write` logs, as the lines of the file. */
function logged(level: LogLevel, write: (logger: ReturnType<typeof createLogger>) => void): string {
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  write(createLogger(level, { app: 'test' }, fd));
  closeSync(fd);
  return readFileSync(path, 'utf8');
}

describe('createLogger', () => {
  it('writes one JSON object a line with the bindings and an ISO time', () => {
    const lines = logged('info', (logger) => {
      logger.info({ clone: 'lab-1' }, 'made\nit');
      logger.debug('not at this level');
    });
    expect(lines.match(/\n/g)).toHaveLength(1);
    const line = JSON.parse(lines) as Record<string, unknown>;
    expect(line).toMatchObject({ level: 30, app: 'test', clone: 'lab-1', msg: 'made\nit' });
    expect(String(line['time'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it.each(['password', 'cookie', 'token', 'authorization', 'userData'])('redacts %s, also one level down', (field) => {
    const lines = logged('info', (logger) => {
      logger.info({ [field]: 'hunter2' }, 'top');
      logger.info({ credentials: { [field]: 'hunter2' } }, 'nested');
      logger.child({ [field]: 'hunter2' }).info('bound');
    });
    expect(lines).not.toContain('hunter2');
    expect(lines.match(/\[redacted\]/g)).toHaveLength(3);
  });

  it.each(['config', 'request', 'response'])('redacts the %s of an error', (part) => {
    const error = Object.assign(new Error('call failed'), { [part]: { data: '<password>hunter2</password>' } });
    const lines = logged('info', (logger) => logger.error({ err: error }, 'failed'));
    expect(lines).toContain('call failed');
    expect(lines).not.toContain('hunter2');
  });

  it('is quiet when told so', () => {
    expect(logged('silent', (logger) => logger.fatal('nobody hears this'))).toBe('');
  });
});
