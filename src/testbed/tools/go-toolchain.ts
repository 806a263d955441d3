// The Go on this machine: whether there is one, its version, and the environment in which the tools are built.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Product } from './products.ts';
import { ToolsError } from './tools-error.ts';

export interface GoToolchain {
  /** As `go env GOVERSION` gives it: go1.26.8. */
  version: string;
  /** GOOS/GOARCH of the machine that builds and runs. */
  platform: string;
  /** In which the go command runs. */
  environment: NodeJS.ProcessEnv;
}

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** GOOS/GOARCH of this machine. */
export function goPlatform(): string {
  return `${process.platform}/${GO_ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** The Go that builds `product`; throws a ToolsError that says what to do where there is none. */
export async function findGo(product: Product, base: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<GoToolchain> {
  const platform = goPlatform();
  const [os, architecture] = platform.split('/');
  const environment = {
    ...base,
    CGO_ENABLED: '0',
    GOOS: os,
    GOARCH: architecture,
    GOWORK: 'off',
    // Never let a build change go.mod or go.sum, and take no flags from outside that the cache key doesn't know.
    GOFLAGS: '-mod=readonly',
  };
  const options = { cwd: product.directory, env: environment, signal };
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION'], options);
    return { version: stdout.trim(), platform, environment };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new ToolsError(withoutGo(product));
    throw new ToolsError(`Go can't be used in ${product.directory}: ${stderrOf(error)}`, { cause: error });
  }
}

function withoutGo(product: Product): string {
  const files = product.tools.map((tool) => tool.file);
  const instead =
    product.overrideDirectory === undefined
      ? `set ${product.tools.map((tool) => `${tool.override} to a ${tool.file} binary`).join(' and ')}`
      : `set ${product.overrideDirectory} to a folder that holds ${files.join(', ')}`;
  return `${files.join(', ')} are built once from source, and there is no Go on this machine: install Go 1.26 or newer (https://go.dev/dl), or ${instead}`;
}

function stderrOf(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr !== '') {
    return error.stderr.trim();
  }
  return error instanceof Error ? error.message : String(error);
}
