// JSON logs on stderr. Redaction is the second line of defence: the first is that clients turn transport errors, which
// carry passwords and cookies, into typed errors at their boundary.
import { pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

const SECRET_FIELDS = ['password', 'cookie', 'token', 'authorization', 'userData'];
const REDACTED_PATHS = [
  ...SECRET_FIELDS,
  ...SECRET_FIELDS.map((f) => `*.${f}`),
  'err.config',
  'err.request',
  'err.response',
  'error.config',
  'error.request',
  'error.response',
];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A logger that writes one JSON object a line to `fd` (2 = stderr). */
export function createLogger(level: LogLevel, bindings: Record<string, unknown> = {}, fd = 2): Logger {
  return pino(
    {
      level,
      base: bindings,
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ fd, sync: true }),
  );
}
