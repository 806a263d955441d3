// An HTTP server with the paths of Kubernetes' and etcd's official downloads, whose tools are small scripts unless it is given
// others. It answers ranges as those servers do, records what it was asked for, and can break off an answer.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { goPlatform } from '../../src/testbed/tools/go-toolchain.ts';
import { ETCD_VERSION, KUBERNETES_VERSION } from '../../src/testbed/tools/products.ts';

export interface Asked {
  path: string;
  range: string | undefined;
  /** Bytes of the body that were sent. */
  sent: number;
}

export interface ReleaseServer {
  /** For KUBERNETES_MIRROR and ETCD_MIRROR. */
  url: string;
  asked: Asked[];
  /** Paths by file name, as the server has them. */
  paths: Record<string, string>;
  /** Files by path. */
  files: Map<string, Buffer>;
  /** Breaks the next answer for this path off after so many bytes. */
  breakOff(path: string, afterBytes: number): void;
  /** Answers this path up to so many bytes and then says nothing more. */
  fallSilent(path: string, afterBytes: number): void;
  close(): Promise<void>;
}

/** Starts it on a free port; `directory` is for the archive, `toolOf` has each tool's content by its name. */
export async function startReleaseServer(
  directory: string,
  toolOf: (tool: string) => Buffer = script,
): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>();
  const paths: Record<string, string> = {};
  for (const tool of ['kube-apiserver', 'kube-controller-manager', 'kubectl']) {
    const path = `/v${KUBERNETES_VERSION}/bin/${goPlatform()}/${tool}`;
    paths[tool] = path;
    const content = toolOf(tool);
    files.set(path, content);
    files.set(`${path}.sha256`, Buffer.from(sha256(content)));
  }
  const name = `etcd-v${ETCD_VERSION}-${goPlatform().replace('/', '-')}`;
  const archive = pack(directory, name, toolOf('etcd'));
  paths['etcd'] = `/v${ETCD_VERSION}/${name}.tar.gz`;
  files.set(paths['etcd'], archive);
  const others = `${'0'.repeat(64)}  etcd-v${ETCD_VERSION}-plan9-mips.tar.gz`;
  files.set(`/v${ETCD_VERSION}/SHA256SUMS`, Buffer.from(`${others}\n${sha256(archive)}  ${name}.tar.gz\n`));
  return listen(files, paths);
}

async function listen(files: Map<string, Buffer>, paths: Record<string, string>): Promise<ReleaseServer> {
  const asked: Asked[] = [];
  const ends = new Map<string, { after: number; how: 'reset' | 'silence' }>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const content = files.get(path);
    const entry: Asked = { path, range: request.headers.range, sent: 0 };
    asked.push(entry);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = begin(request, response, content);
    const end = ends.get(path);
    if (end === undefined || body === undefined) {
      entry.sent = body?.length ?? 0;
      response.end(body);
      return;
    }
    ends.delete(path);
    entry.sent = end.after;
    response.write(body.subarray(0, end.after), () => end.how === 'reset' && response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    paths,
    files,
    breakOff: (path, after) => void ends.set(path, { after, how: 'reset' }),
    fallSilent: (path, after) => void ends.set(path, { after, how: 'silence' }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Writes the head; gives what is to be sent, undefined where the range begins behind the end. */
function begin(request: IncomingMessage, response: ServerResponse, content: Buffer): Buffer | undefined {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? -1);
  if (from >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` });
    return undefined;
  }
  const body = content.subarray(Math.max(from, 0));
  const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from >= 0 ? 206 : 200, { 'content-length': body.length, ...(from >= 0 ? range : {}) });
  return body;
}

/** Prints its name; long enough to be interrupted in. */
function script(tool: string): Buffer {
  return Buffer.from(`#!/bin/sh\necho ${tool}\nexit 0\n${'#'.repeat(200_000)}\n`);
}

function pack(directory: string, name: string, etcd: Buffer): Buffer {
  mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, name, 'etcd'), etcd, { mode: 0o755 });
  writeFileSync(join(directory, name, 'README.md'), 'Not a tool.\n');
  const archive = join(directory, `${name}.tar.gz`);
  execFileSync('tar', ['-czf', archive, '-C', directory, name]);
  return readFileSync(archive);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
