// The watches of the harness itself: one that the server ends goes on where it was, and one that can't is told.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { History } from '../../campaigns/harness/history.ts';
import { makeCertificate } from '../../../src/simulator/wire/certificate.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
let close: () => void = () => undefined;
afterEach(() => close());

interface Asked {
  readonly from: string;
  readonly answer: ServerResponse;
}

/** An API server that answers nothing by itself: the watches of LinkedClones that were asked for. */
async function start(): Promise<{ history: History; asked: Asked[] }> {
  const { certificatePem, keyPem } = await makeCertificate('127.0.0.1');
  const asked: Asked[] = [];
  const server = createServer({ key: keyPem, cert: certificatePem }, (request, answer) => {
    const url = new URL(request.url ?? '', 'https://127.0.0.1');
    answer.writeHead(200).flushHeaders();
    if (url.pathname.endsWith('/linkedclones'))
      asked.push({ from: url.searchParams.get('resourceVersion') ?? '', answer });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const kubeconfig = join(directory, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(certificatePem) };
  const user = { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) };
  writeFileSync(kubeconfig, stringify({ clusters: [{ cluster }], users: [{ user }] }));
  const history = await History.start(kubeconfig);
  close = () => {
    history.stop();
    server.closeAllConnections();
    server.close();
  };
  return { history, asked };
}

function line(type: string, resourceVersion: string): string {
  return `${JSON.stringify({ type, object: { kind: 'LinkedClone', metadata: { name: 'a', resourceVersion } } })}\n`;
}

it('goes on where a watch ended', async () => {
  const { history, asked } = await start();
  asked[0]?.answer.end(line('ADDED', '7'));
  await waitUntil('the next watch', () => asked.length === 2);
  expect(asked[1]?.from).toBe('7');
  asked[1]?.answer.write(line('DELETED', '9'));
  await waitUntil('what came on it', () => history.entries.length === 2);
  expect([history.entries.map(({ type }) => type), history.gaps]).toEqual([['ADDED', 'DELETED'], []]);
});

it('begins anew where the kind itself went', async () => {
  const { history, asked } = await start();
  asked[0]?.answer.write(line('ADDED', '7'));
  await waitUntil('what came on it', () => history.entries.length === 1);
  history.beginAnew('linkedclones');
  await waitUntil('the next watch', () => asked.length === 2);
  expect([asked[1]?.from, history.gaps]).toEqual(['', []]);
});

it('begins anew also where the watch had ended a moment before', async () => {
  const { history, asked } = await start();
  asked[0]?.answer.end(line('ADDED', '7'));
  await waitUntil('the end of the watch', () => history.entries.length === 1);
  history.beginAnew('linkedclones');
  await waitUntil('the next watch', () => asked.length === 2);
  expect([asked[1]?.from, history.gaps]).toEqual(['', []]);
});

it('tells where it can not', async () => {
  const { history, asked } = await start();
  asked[0]?.answer.end(line('ADDED', '7'));
  await waitUntil('the next watch', () => asked.length === 2);
  asked[1]?.answer.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`);
  await waitUntil('a watch from the beginning', () => asked.length === 3);
  expect([asked[2]?.from, history.gaps]).toEqual(['', [expect.stringContaining('Expired')]]);
});
