// A file of the tree as the layout rules see it.

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

const CODE_FOLDERS = ['src/', 'test/', 'bench/', 'hack/'];

export function isGenerated(path: string): boolean {
  return path.includes('.generated.');
}

/** Hand-written TypeScript or JavaScript of ours. */
export function isCode(path: string): boolean {
  return CODE_FOLDERS.some((folder) => path.startsWith(folder)) && /\.(ts|js)$/.test(path) && !isGenerated(path);
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

export function lineCount(file: SourceFile): number {
  return file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
}
