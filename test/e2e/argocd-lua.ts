// Argo CD's own Lua machine with the published scripts, by hack/tools/argocd.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { runCommandLine } from '../../src/testbed/node/run-command.ts';
import { repositoryPath } from '../../src/testbed/repository.ts';
import type { Context } from './context.ts';

export interface LuaRequest {
  /** The verdict on its health, which actions are offered, or what one of them does. */
  ask: 'health' | 'actions' | 'action';
  action?: string;
  parameters?: Readonly<Record<string, string>>;
  object: object;
}

export interface Acted {
  metadata: { annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

export interface LuaAnswer {
  health?: { status: string; message?: string };
  actions?: { name: string; disabled?: boolean }[];
  result?: { resource: Acted }[];
  error?: string;
}

/** One answer for each request. */
export async function lua(
  { tools, signal }: Pick<Context, 'signal' | 'tools'>,
  requests: readonly LuaRequest[],
): Promise<LuaAnswer[]> {
  const text = await readFile(repositoryPath('deploy/argocd/argocd-cm.yaml'), 'utf8');
  const { data } = parse(text) as { data: Record<string, string> };
  const input = JSON.stringify({ configMap: data, requests });
  return JSON.parse(await runCommandLine(tools.argocdLua, [], { input, signal })) as LuaAnswer[];
}
