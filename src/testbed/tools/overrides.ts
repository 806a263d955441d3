// Binaries that the environment names: KUBEBUILDER_ASSETS (a folder, as other Kubernetes projects use it), VCSIM, GOVC,
// HELM and HELM3 (files). A variable that is set is obeyed or refused, never passed over for a build.
import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Product, Tool } from './products.ts';
import { ToolsError } from './tools-error.ts';

/** The paths by key of the tools that `environment` names; throws a ToolsError for one that isn't an executable file. */
export function findOverrides(product: Product, environment: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const tool of product.tools) {
    const source = overrideOf(product, tool, environment);
    if (source === undefined) continue;
    if (!isExecutable(source.path)) {
      throw new ToolsError(
        `${source.variable} is set, but ${source.path} is not an executable file: correct or unset it`,
      );
    }
    found[tool.key] = source.path;
  }
  return found;
}

/** True for a file, or a link to one, that this user may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function overrideOf(
  product: Product,
  tool: Tool,
  environment: NodeJS.ProcessEnv,
): { variable: string; path: string } | undefined {
  const file = tool.override === undefined ? undefined : environment[tool.override];
  if (tool.override !== undefined && file) return { variable: tool.override, path: resolve(file) };
  const directory = product.overrideDirectory === undefined ? undefined : environment[product.overrideDirectory];
  if (product.overrideDirectory === undefined || !directory) return undefined;
  return { variable: product.overrideDirectory, path: join(resolve(directory), tool.file) };
}
