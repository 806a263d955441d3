// Progress lines: rewritten in place on a terminal, plain and rare elsewhere, with the time since the step began.
import { describe, expect, it } from '@jest/globals';
import { formatElapsed } from '../../../src/testbed/progress/elapsed.ts';
import { createProgress } from '../../../src/testbed/progress/progress.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function recordingStream(terminal: { isTTY: boolean; columns: number }): {
  written: string[];
  write(text: string): void;
  isTTY: boolean;
} {
  const written: string[] = [];
  return { ...terminal, written, write: (text) => void written.push(text) };
}

describe('progress without a terminal', () => {
  it('writes a line at the start, every ten seconds with the newest detail, and at the end', async () => {
    const clock = new FakeClock();
    const stream = recordingStream({ isTTY: false, columns: 0 });
    const step = createProgress(stream, clock).step('building');
    await clock.advance(9_000);
    step.detail('etcd');
    step.detail('kubectl');
    await clock.advance(16_000);
    step.end('built');
    await clock.advance(60_000);
    expect(stream.written).toEqual([
      '0:00  building\n',
      '0:10  building: kubectl\n',
      '0:20  building: kubectl\n',
      '0:25  built\n',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('says nothing more after a silent end', async () => {
    const clock = new FakeClock();
    const stream = recordingStream({ isTTY: false, columns: 0 });
    const step = createProgress(stream, clock).step('waiting');
    step.end();
    step.end('late');
    expect(stream.written).toEqual(['0:00  waiting\n']);
  });
});

describe('progress on a terminal', () => {
  it('rewrites one line that fits into the width, and leaves only the last one', async () => {
    const clock = new FakeClock();
    const stream = recordingStream({ isTTY: true, columns: 20 });
    const step = createProgress(stream, clock).step('building');
    step.detail('k8s.io/api/core/v1');
    await clock.advance(1_000);
    const lines = stream.written.map((text) => text.replace('\r\u001b[2K', ''));
    expect(stream.written.every((text) => text.startsWith('\r\u001b[2K') && !text.includes('\n'))).toBe(true);
    expect(lines[0]).toBe('0:00  building');
    expect(lines.at(-1)).toBe('0:01  building: k8s');
    step.end('built');
    expect(stream.written.slice(-2)).toEqual(['\r\u001b[2K', '0:01  built\n']);
  });
});

describe('elapsed time', () => {
  it.each([
    [0, '0:00'],
    [9_999, '0:09'],
    [61_000, '1:01'],
    [3_599_000, '59:59'],
    [3_661_000, '1:01:01'],
  ])('%d ms is %s', (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));
});
