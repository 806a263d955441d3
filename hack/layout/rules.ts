// The rules of layout and style that no linter has: where files may be, what they're called, how long they get, that each
// says at its top what it's for, and words that don't belong into the tree. Pure: files in, offenders out.
import type { SourceFile } from './source-file.ts';
import { isCode, isTest, lineCount } from './source-file.ts';

const LONGEST_FILE = 400;
const LONG_FILE = 250;
/** Share of code files that may be as long as LONG_FILE or longer. */
const LONG_SHARE = 0.1;
const LONGEST_HEADER = 12;

const TOP_FOLDERS = new Set(['.ci', '.github', 'bench', 'crds', 'deploy', 'docs', 'hack', 'src', 'test']);
const TOP_FILES = new Set([
  ...[
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'LICENSE',
    'NOTICE',
    'Dockerfile',
    '.dockerignore',
  ],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'jest.config.js', '.oxlintrc.json'],
  ...['.prettierrc.json', '.prettierignore', '.editorconfig', '.gitignore', '.gitattributes', '.npmrc', '.nvmrc'],
]);
const SECOND_LEVEL: Readonly<Record<string, ReadonlySet<string>>> = {
  src: new Set(['api', 'cli', 'controllers', 'kube', 'simulator', 'telemetry', 'testbed', 'util', 'vsphere']),
  test: new Set(['campaigns', 'contract', 'e2e', 'integration', 'packaging', 'support', 'unit']),
};
const SOURCE_ROOT_FILES = new Set(['src/main.ts', 'src/config.ts', 'src/config-flags.ts']);

/** Names of programs, registries and formats that aren't ours to choose. */
const FOREIGN_NAMES = /^(README\.md|Chart\.yaml|NOTES\.txt|Dockerfile|_[a-z]+\.tpl|linkedclone\.dev_[a-z]+\.yaml)$/;
const KEBAB_CASE = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

interface Forbidden {
  readonly pattern: RegExp;
  readonly why: string;
}

/** Written apart, so that this file keeps its own rules. */
function words(...spaced: readonly string[]): string {
  return spaced.map((word) => word.replaceAll(' ', '')).join('|');
}

const FORBIDDEN: readonly Forbidden[] = [
  { pattern: new RegExp(`\\b(${words('TO DO', 'FIX ME', 'X XX')})\\b`), why: 'do it now, or write it into an issue' },
  { pattern: /\/(?:home|root|work|Users)\/[\w.]/, why: "a path of somebody's machine" },
  {
    pattern: new RegExp(`\\b(${words('registry\\. npmjs', 'proxy\\. golang\\.org', 'arti factory')})`),
    why: 'a package registry: its clients know it',
  },
];
const FORBIDDEN_IN_TESTS: readonly Forbidden[] = [
  { pattern: /\b(it|test|describe)\.(only|skip|todo)\b/, why: 'every test runs' },
  { pattern: /\bjest\.(mock|unstable_mockModule)\b/, why: 'pass a fake in' },
];

/** One line for each offence, sorted by path; empty when the tree is as it should be. */
export function findOffences(files: readonly SourceFile[]): readonly string[] {
  const offences = files.flatMap((file) => [
    ...misplaced(file.path),
    ...misnamed(file.path),
    ...(isCode(file.path) ? [...tooLong(file), ...headerless(file)] : []),
    ...forbidden(file),
  ]);
  return [...offences.toSorted(), ...tooManyLong(files)];
}

function misplaced(path: string): readonly string[] {
  const [top = '', second, ...rest] = path.split('/');
  if (second === undefined) return TOP_FILES.has(top) ? [] : [`${path}: no file of this name belongs at the top`];
  if (!TOP_FOLDERS.has(top)) return [`${path}: no folder ${top}/ belongs at the top`];
  const allowed = SECOND_LEVEL[top];
  if (allowed === undefined || (rest.length > 0 && allowed.has(second))) return [];
  if (rest.length === 0 && (SOURCE_ROOT_FILES.has(path) || (top === 'test' && path.endsWith('.ts')))) return [];
  return [`${path}: ${top}/ has ${[...allowed].join(', ')} only`];
}

function misnamed(path: string): readonly string[] {
  if (!path.includes('/')) return [];
  const bad = path.split('/').filter((part) => !KEBAB_CASE.test(part) && !FOREIGN_NAMES.test(part));
  return bad.length === 0 ? [] : [`${path}: ${bad.join(', ')} isn't kebab-case`];
}

function tooLong(file: SourceFile): readonly string[] {
  const lines = lineCount(file);
  return lines <= LONGEST_FILE ? [] : [`${file.path}: ${lines} lines, at most ${LONGEST_FILE}: one concept a file`];
}

function headerless(file: SourceFile): readonly string[] {
  if (isTest(file.path)) return [];
  const lines = file.text.split('\n').filter((line, i) => !(i === 0 && line.startsWith('#!')));
  const header = lines.findIndex((line) => !line.startsWith('//'));
  if (header === 0) return [`${file.path}: begins without a comment that says what it's for and what it guarantees`];
  return header > LONGEST_HEADER
    ? [`${file.path}: ${header} lines of comment at the top, at most ${LONGEST_HEADER}`]
    : [];
}

function forbidden(file: SourceFile): readonly string[] {
  const rules = isTest(file.path) ? [...FORBIDDEN, ...FORBIDDEN_IN_TESTS] : FORBIDDEN;
  return rules.flatMap(({ pattern, why }) => {
    const lines = file.text.split('\n');
    const at = lines.findIndex((line) => pattern.test(line));
    return at < 0 ? [] : [`${file.path}:${at + 1}: ${pattern.exec(lines[at] ?? '')?.[0] ?? ''}: ${why}`];
  });
}

function tooManyLong(files: readonly SourceFile[]): readonly string[] {
  const code = files.filter(({ path }) => isCode(path));
  const long = code.filter((file) => lineCount(file) >= LONG_FILE);
  if (long.length <= code.length * LONG_SHARE) return [];
  const names = long.map((file) => `${file.path} (${lineCount(file)})`).join(', ');
  return [
    `${long.length} of ${code.length} files have ${LONG_FILE} lines or more, at most ${LONG_SHARE * 100} %: ${names}`,
  ];
}
